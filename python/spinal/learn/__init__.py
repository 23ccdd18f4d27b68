"""Practice, training and export of policies. Importing this does not import torch; `spinal.learn.course` does."""

from spinal.learn.practice import Chunk, Label, Moment, Pick, Site
from spinal.learn.settings import LearnSettings

__all__ = ["Chunk", "Label", "LearnSettings", "Moment", "Pick", "Site"]
