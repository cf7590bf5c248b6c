"""The best takes as WAVs, with all that says where they came from and why they are there."""

from ratings.export.request import ExportedFile, ExportReport, ExportRequest, Failure, Subtype
from ratings.export.run import run_export

__all__ = ["ExportReport", "ExportRequest", "ExportedFile", "Failure", "Subtype", "run_export"]
