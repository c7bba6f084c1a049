"""What compares runs. Loaded when the first run is compared, because the registry of pipelines takes long to load."""

from sqlalchemy import Engine

from common.services.insight.comparison.service import ComparisonService
from common.services.pipelines.registry import PipelineRegistry
from common.services.storage.service import StorageService


def make_comparison(engine: Engine, storage: StorageService) -> ComparisonService:
    return ComparisonService(engine, storage, PipelineRegistry.load())
