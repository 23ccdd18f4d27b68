"""How the simulated cell computes: a scene file may declare other physics than a policy was taught on."""

from __future__ import annotations

from typing import Literal

import mujoco
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

_SOLVERS = {
    "newton": mujoco.mjtSolver.mjSOL_NEWTON,
    "cg": mujoco.mjtSolver.mjSOL_CG,
}
_CONES = {"elliptic": mujoco.mjtCone.mjCONE_ELLIPTIC, "pyramidal": mujoco.mjtCone.mjCONE_PYRAMIDAL}
_INTEGRATORS = {
    "implicitfast": mujoco.mjtIntegrator.mjINT_IMPLICITFAST,
    "implicit": mujoco.mjtIntegrator.mjINT_IMPLICIT,
}


class Physics(BaseModel):
    """What MuJoCo computes with; what a scene file leaves out stays as the cell's own.

    `impratio`: how much stiffer friction is than contact; `contact_time_ms`: time constant of contacts; `servo_lag_ms`:
    how far the arm stays behind a moving target, at every joint.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    solver: Literal["newton", "cg"] = "newton"
    integrator: Literal["implicitfast", "implicit"] = "implicitfast"
    timestep_ms: Literal[1, 2] = 2
    cone: Literal["elliptic", "pyramidal"] = "elliptic"
    impratio: float = Field(default=10.0, ge=0.1, le=100.0)
    contact_time_ms: float = Field(default=6.0, ge=4.0, le=50.0)
    servo_lag_ms: float = Field(default=0.0, ge=0.0, le=20.0)


OWN = Physics()


class PhysicsOfModel:
    """Puts physics into a compiled model, and the cell's own back."""

    def __init__(self, model: mujoco.MjModel, dof: int) -> None:
        """Remember what the model was compiled with; its first `dof` actuators are the arm's position servos."""
        self._model = model
        self._dof = dof
        self._timestep_s = float(model.opt.timestep)
        self._solref = model.geom_solref.copy()
        self._gain = model.actuator_gainprm[:dof].copy()
        self._bias = model.actuator_biasprm[:dof].copy()
        self._friction = model.dof_frictionloss[:dof].copy()
        self.now = OWN

    @property
    def step_ns(self) -> int:
        """How long a step is."""
        return round(float(self._model.opt.timestep) * 1e9)

    def take(self, physics: Physics) -> None:
        """Make the model compute so. Contacts that were compiled with a time constant of their own keep it."""
        option = self._model.opt
        option.solver = _SOLVERS[physics.solver]
        option.integrator = _INTEGRATORS[physics.integrator]
        is_own = physics.timestep_ms == OWN.timestep_ms
        option.timestep = self._timestep_s if is_own else physics.timestep_ms * 1e-3
        option.cone = _CONES[physics.cone]
        option.impratio = physics.impratio
        common = self._solref[:, 0] == OWN.contact_time_ms * 1e-3
        self._model.geom_solref[common, 0] = physics.contact_time_ms * 1e-3
        self.now = physics
        self.power_servos()

    def show_lag(self) -> None:
        """Show a plant that is being made servos so weak that it aims less far ahead; `power_servos` ends it.

        A servo k (ctrl - q) - d q' whose target is moved ahead by f d/k q'* stays (1 - f) d/k behind in time.
        """
        if self.now.servo_lag_ms > 0.0:
            stiffness, damping = self._gain[:, 0], -self._bias[:, 2]
            ahead_s = np.maximum(0.0, damping / stiffness - self.now.servo_lag_ms * 1e-3)
            self._model.actuator_biasprm[: self._dof, 2] = -ahead_s * stiffness

    def power_servos(self) -> None:
        """Give the servos and brakes the parameters that they were compiled with: powered."""
        self._model.actuator_gainprm[: self._dof] = self._gain
        self._model.actuator_biasprm[: self._dof] = self._bias
        self._model.dof_frictionloss[: self._dof] = self._friction
