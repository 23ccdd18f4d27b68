"""`spinal limits`: is a safety profile sound, what does it say, and who answers for it."""

from spinal.run.limits.check import Report, check_limits
from spinal.run.limits.finding import Finding, Severity
from spinal.run.limits.show import describe_limits
from spinal.run.limits.sign import Signed, sign_limits

__all__ = ["Finding", "Report", "Severity", "Signed", "check_limits", "describe_limits", "sign_limits"]
