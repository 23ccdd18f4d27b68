"""The policy network: a picture, proprioception and the ordered SKU in, an action chunk out.

A residual trunk says for each cell of the picture which product is there; together with the ordered SKU (FiLM) it makes
heat maps; a spatial softmax turns each into one image point (keypoint); a small perceptron turns keypoints and
proprioception into waypoints. Sources: He et al. 2016, "Deep residual learning" (without the shortcuts round and square
packages of one colour were never told apart); Perez et al. 2018, "FiLM"; Levine et al. 2016, "End-to-end training of
deep visuomotor policies" (spatial softmax); keypoints times height, near-L1 loss, target point and product map as
auxiliary tasks: our own experiments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

STRIDE = 4
"""Image pixels per cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """Sizes of the network. `proprioception` counts values; the tool's height is value `height_index` of them."""

    image_px: int
    skus: int
    proprioception: int
    height_index: int
    steps: int
    channels: tuple[int, int]
    keypoints: int
    hidden: int

    @property
    def classes(self) -> int:
        """What a cell can show: each SKU, another object, background."""
        return self.skus + 2


class Answer(NamedTuple):
    """What the network says. Cells run along rows.

    `moves` (B, steps, 3) waypoints in units of the displacement scale, `gripper` (B, steps) logits, `log_heat`
    (B, keypoints, cells) of which the first is trained to lie on the ordered target, `products` (B, classes, cells)
    logits, `embedding` (B, channels + hidden): what the whole picture looks like (its features' mean) and what the
    answer was made from, for monitors.
    """

    moves: Tensor
    gripper: Tensor
    log_heat: Tensor
    products: Tensor
    embedding: Tensor


class Residual(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, width: int, dilation: int) -> None:
        """Keep `width` channels; the first convolution is dilated."""
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return an array of the same shape."""
        y = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(x + self.second_norm(self.second(y)))


class PolicyNetwork(nn.Module):
    """Waypoints and gripper from one moment."""

    proprioception_mean: Tensor
    proprioception_scale: Tensor
    grid: Tensor

    def __init__(self, shape: NetworkShape) -> None:
        """Make a network with random weights."""
        super().__init__()
        self.shape = shape
        fine, wide = shape.channels
        self.trunk = nn.Sequential(
            nn.Conv2d(3, fine, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(fine),
            nn.ReLU(),
            nn.Conv2d(fine, wide, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            Residual(wide, 1),
            Residual(wide, 2),
        )
        self.products = nn.Conv2d(wide, shape.classes, 1)
        self.film = nn.Linear(shape.skus, 2 * wide)
        self.asked = nn.Conv2d(wide, wide, 3, padding=2, dilation=2)
        self.heat = nn.Conv2d(wide, shape.keypoints, 1)
        features = 4 * shape.keypoints + shape.proprioception + shape.skus
        self.perceptron = nn.Sequential(
            nn.Linear(features, shape.hidden),
            nn.ReLU(),
            nn.Linear(shape.hidden, shape.hidden),
            nn.ReLU(),
            nn.Linear(shape.hidden, 4 * shape.steps),
        )
        cells = shape.image_px // STRIDE
        line = (torch.arange(cells) + 0.5) / cells * 2 - 1
        self.register_buffer("grid", torch.stack([line.repeat(cells), line.repeat_interleave(cells)], dim=1))
        self.register_buffer("proprioception_mean", torch.zeros(shape.proprioception))
        self.register_buffer("proprioception_scale", torch.ones(shape.proprioception))

    def forward(self, image: Tensor, proprioception: Tensor, sku: Tensor) -> Answer:
        """Answer for `image` (B, 3, px, px) in 0..1, `proprioception` (B, P) in SI units, `sku` (B, skus) one-hot."""
        seen = self.trunk(image - 0.5)
        products = self.products(seen).flatten(2).float()  # (B, classes, cells)
        scale, shift = self.film(sku)[:, :, None, None].chunk(2, dim=1)
        asked = torch.relu(self.asked(seen) * (1 + scale) + shift)
        heat = self.heat(asked).flatten(2).float()  # (B, keypoints, cells)
        is_ordered = (products.log_softmax(dim=1)[:, : self.shape.skus] * sku[:, :, None]).sum(dim=1, keepdim=True)
        log_heat = torch.cat([heat[:, :1] + is_ordered, heat[:, 1:]], dim=1).log_softmax(dim=2)
        hidden, out = self._move(log_heat, proprioception, sku)
        embedding = torch.cat([seen.mean(dim=(2, 3)).float(), hidden], dim=1)
        return Answer(
            moves=out[:, :, :3], gripper=out[:, :, 3], log_heat=log_heat, products=products, embedding=embedding
        )

    def _move(self, log_heat: Tensor, proprioception: Tensor, sku: Tensor) -> tuple[Tensor, Tensor]:
        # Positions need all 24 bits, whatever precision the convolutions are trained in.
        with torch.autocast("cpu", enabled=False):
            points = (log_heat.exp() @ self.grid).flatten(1)  # (B, 2 * keypoints), in -1..1
            state = (proprioception - self.proprioception_mean) / self.proprioception_scale
            height = state[:, self.shape.height_index, None]
            features = torch.cat([points, points * height, state, sku.float()], dim=1)
            hidden: Tensor = self.perceptron[:-1](features)
            out: Tensor = self.perceptron[-1](hidden)
        return hidden, out.reshape(-1, self.shape.steps, 4)
