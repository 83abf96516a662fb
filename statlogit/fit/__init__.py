"""From a model frame to every fact of the fit: estimate, certificate, separation."""

from statlogit.fit.estimate import Settings
from statlogit.fit.model import Fit, fit

__all__ = ["Fit", "Settings", "fit"]
