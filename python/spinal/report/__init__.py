"""The report of a run: one self-contained page for people, from an executive summary down to hashes."""

from spinal.report.sources import OrderLine, Sources
from spinal.report.statistics import Rate, rate
from spinal.report.write import Summary, write_report

__all__ = ["OrderLine", "Rate", "Sources", "Summary", "rate", "write_report"]
