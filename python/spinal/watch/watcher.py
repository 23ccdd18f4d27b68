"""Looks at every decision of the running policy with a fitted monitor."""

from __future__ import annotations

from spinal.watch.attempts import embedding_row
from spinal.watch.moment import Alarm, Moment, Watched
from spinal.watch.monitor import Monitor
from spinal.watch.signals import Signals


class Watcher:
    """One attempt at a time: a new order or attempt in the task begins anew by itself."""

    def __init__(self, monitor: Monitor) -> None:
        """Take a fitted monitor."""
        self._monitor = monitor
        self._names = monitor.scores.names
        self._signals = Signals(monitor.scores.cameras)
        self._width = len(monitor.scores.distance.mean)
        self.restart()

    def restart(self) -> None:
        """Forget the attempt before."""
        self._signals.restart()
        self._attempt: tuple[str, int] | None = None
        self._surprise = 0.0
        self._alarm: Alarm | None = None

    def look(self, moment: Moment) -> Watched:
        """Return the scores of this decision and the attempt's alarm, if there is one."""
        task = moment.observation.task
        if self._attempt != (task.order, task.attempt):
            self.restart()
            self._attempt = (task.order, task.attempt)
        signs = self._signals.look(moment)
        scores = self._monitor.scores
        raw = scores.raw(signs.values[None], embedding_row(signs, self._width)[None])
        surprise = scores.surprise(raw)[0]
        highest = int(surprise.argmax())
        self._surprise = max(self._surprise, float(surprise[highest]))
        threshold = self._monitor.thresholds[self._monitor.slice_of(task.sku)]
        p_value = threshold.p_value(self._surprise)
        if self._alarm is None and not self._surprise <= threshold.value:
            self._alarm = Alarm(
                score=self._names[highest],
                value=float(raw[0, highest]),
                surprise=self._surprise,
                threshold=threshold.value,
                p_value=p_value,
                at_ns=moment.observation.at_ns,
            )
        return Watched(
            scores=dict(zip(self._names, (round(float(value), 4) for value in surprise), strict=True)),
            surprise=self._surprise,
            p_value=p_value,
            alarm=self._alarm,
        )
