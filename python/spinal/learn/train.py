"""Fitting the network to labelled moments."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from spinal.learn.augment import Augmenter
from spinal.learn.network import Answer, NetworkShape, PolicyNetwork
from spinal.learn.settings import LearnSettings
from spinal.learn.shards import Practice

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well the network does what the expert would do, on moments that it was not trained on."""

    waypoint_error_mm: float
    """Mean distance of the waypoints, over all steps."""
    gripper_wrong: float
    """Share of steps with the wrong gripper."""
    target_error_px: float
    """Median distance of the first keypoint from the target, where the target is in the picture."""
    target_missed: float
    """Share of these moments in which it is more than 5 pixels away."""
    products_wrong: float
    """Share of the cells on SKUs that are taken for something else."""


class Trainer:
    """A network in training. `average` is the running mean of its weights, which is what gets exported."""

    def __init__(self, shape: NetworkShape, settings: LearnSettings, first: Practice) -> None:
        """Start from random weights; `first` gives the scale of proprioception."""
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        self.network = PolicyNetwork(shape).to(memory_format=torch.channels_last)
        scale = first.proprioception.std(axis=0)
        self.network.proprioception_mean.copy_(torch.from_numpy(first.proprioception.mean(axis=0)))
        self.network.proprioception_scale.copy_(torch.from_numpy(np.where(scale > 1e-3, scale, 1.0)))
        self.average = copy.deepcopy(self.network)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=settings.weight_decay)
        self._random = np.random.default_rng((settings.seed, 0x7EA1))
        change = settings.augmentation
        self._augmenter = None if change is None else Augmenter(change, settings.seed)
        self._class_weight = torch.ones(shape.classes)
        self._class_weight[-1] = settings.background_weight
        self._bf16 = has_fast_bf16()
        self._steps_done = 0

    def fit(self, practice: Practice, steps: int, on_step: Callable[[float], None], *, to_zero: bool = False) -> None:
        """Train for `steps` batches; the learning rate falls along a cosine to a tenth, or to zero.

        A moment is drawn as often as it weighs.
        """
        self.network.train()
        is_even = bool((practice.weight == 1.0).all())
        summed = np.cumsum(practice.weight, dtype=np.float64)
        for step in range(steps):
            floor = 0.0 if to_zero else 0.1
            cosine = 0.5 * (1.0 + math.cos(math.pi * step / steps))
            for group in self._optimizer.param_groups:
                warm = min(1.0, (self._steps_done + 1) / 200)
                group["lr"] = self.settings.learning_rate * warm * (floor + (1.0 - floor) * cosine)
            if is_even:
                rows = self._random.integers(practice.moments, size=self.settings.batch)
            else:
                drawn = self._random.random(self.settings.batch) * summed[-1]
                rows = np.minimum(np.searchsorted(summed, drawn, side="right"), practice.moments - 1)
            loss = self._loss(practice, rows)
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self._optimizer.step()
            self._steps_done += 1
            self._average()
            on_step(float(loss.detach()))

    def measure(self, practice: Practice) -> Fit:
        """Return how well the averaged network does on these moments."""
        waypoints, wrong, pixels, confused = [], [], [], []
        self.average.eval()
        with torch.no_grad():
            for rows in np.array_split(np.arange(practice.moments), -(-practice.moments // 256)):
                answer = self.average(*self._inputs(practice, rows))
                chunk = torch.from_numpy(practice.chunk[rows])
                moves = answer.moves * self.settings.displacement_scale_m
                waypoints.append((moves - chunk[:, :, :3]).norm(dim=2).mean(dim=1))
                wrong.append(((answer.gripper > 0) != (chunk[:, :, 3] > 0.5)).float().mean(dim=1))
                point = answer.log_heat[:, 0].exp() @ self.average.grid
                pixels.append((point - torch.from_numpy(practice.target[rows])).norm(dim=1))
                products = torch.from_numpy(practice.products[rows]).long().flatten(1)
                is_sku = products < self.network.shape.skus
                confused.append((answer.products.argmax(dim=1) != products)[is_sku].float())
        seen = torch.cat(pixels)
        seen = seen[~seen.isnan()] * self.network.shape.image_px / 2
        return Fit(
            waypoint_error_mm=1e3 * float(torch.cat(waypoints).mean()),
            gripper_wrong=float(torch.cat(wrong).mean()),
            target_error_px=float(seen.median()) if len(seen) else math.nan,
            target_missed=float((seen > 5.0).float().mean()) if len(seen) else math.nan,
            products_wrong=float(torch.cat(confused).mean()),
        )

    def state(self) -> dict[str, Any]:
        """Return everything that training continues from."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": self._random.bit_generator.state,
            "steps_done": self._steps_done,
        }
        if self._augmenter is not None:
            state["augmenter"] = self._augmenter.random.bit_generator.state
        return state

    def load(self, state: dict[str, Any]) -> None:
        """Continue from a state of the same settings."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._random.bit_generator.state = state["random"]
        self._steps_done = int(state["steps_done"])
        if self._augmenter is not None and "augmenter" in state:
            self._augmenter.random.bit_generator.state = state["augmenter"]

    def _inputs(self, practice: Practice, rows: Rows) -> tuple[Tensor, Tensor, Tensor]:
        image = torch.from_numpy(practice.image[rows]).permute(0, 3, 1, 2).float().div_(255.0)
        return image, *self._state(practice, rows)

    def _state(self, practice: Practice, rows: Rows) -> tuple[Tensor, Tensor]:
        proprioception = torch.from_numpy(practice.proprioception[rows])
        sku = functional.one_hot(torch.from_numpy(practice.sku[rows]).long(), self.network.shape.skus).float()
        return proprioception, sku

    def _loss(self, practice: Practice, rows: Rows) -> Tensor:
        target, products = practice.target[rows], practice.products[rows]
        if self._augmenter is None:
            image, proprioception, sku = self._inputs(practice, rows)
        else:
            changed = self._augmenter.apply(practice.image[rows], target, products)
            target, products = changed.target, changed.products
            image = torch.from_numpy(changed.image).permute(0, 3, 1, 2)
            proprioception, sku = self._state(practice, rows)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bf16):
            answer: Answer = self.network(image, proprioception, sku)
        settings = self.settings
        chunk = torch.from_numpy(practice.chunk[rows])
        wanted = chunk[:, :, :3] / settings.displacement_scale_m
        loss = functional.smooth_l1_loss(answer.moves, wanted, beta=settings.loss_beta)
        gripper = functional.binary_cross_entropy_with_logits(answer.gripper, chunk[:, :, 3])
        shown = torch.from_numpy(products).long().flatten(1)
        product = functional.cross_entropy(answer.products, shown, weight=self._class_weight)
        loss = loss + settings.gripper_weight * gripper + settings.product_weight * product
        there = torch.from_numpy(target)
        seen = ~there.isnan().any(dim=1)
        if bool(seen.any()):
            heat = heat_around(there[seen], self.network.grid)
            loss = loss - settings.target_weight * (heat * answer.log_heat[seen, 0]).sum(dim=1).mean()
        return loss

    def _average(self) -> None:
        # Early weights are forgotten faster, so that a short training does not export its random start.
        decay = min(self.settings.average_decay, self._steps_done / (self._steps_done + 10.0))
        with torch.no_grad():
            for mean, now in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(now, 1.0 - decay)


def heat_around(points: Tensor, grid: Tensor) -> Tensor:
    """Return heat (B, cells) whose mean is at `points` (B, 2): the four cells around, weighted bilinearly."""
    cells_a_side = round(math.sqrt(len(grid)))
    distance = (points[:, None, :] - grid[None]).abs() * (cells_a_side / 2)  # (B, cells, 2), in cells
    heat = (1.0 - distance).clamp(min=0.0).prod(dim=2)
    return heat / heat.sum(dim=1, keepdim=True).clamp(min=1e-6)


def has_fast_bf16() -> bool:
    """Return whether this processor multiplies bfloat16 matrices itself; the convolutions are then trained in it."""
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
