"""Pool_EnableAutoScale, Pool_DisableAutoScale, Pool_EvaluateAutoScale."""

from __future__ import annotations

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents.pools import scale_run
from batchspec.emulator.wire.answer import Answer, entity_headers


def enable(call: Call) -> Answer:
    """Pool_EnableAutoScale."""
    pool = call.pool()
    call.check(pool)
    formula, interval = call.body.get("autoScaleFormula"), call.body.get("autoScaleEvaluationInterval")
    pool = call.engine.autoscale.enable(pool.id, formula, interval)
    return call.done(200, pool, call.view.pool_url(pool.id))


def disable(call: Call) -> Answer:
    """Pool_DisableAutoScale."""
    pool = call.engine.autoscale.disable(call.pool().id)
    return call.done(200, pool, call.view.pool_url(pool.id))


def evaluate(call: Call) -> Answer:
    """Pool_EvaluateAutoScale."""
    pool = call.pool()
    run = call.engine.autoscale.evaluate(pool.id, call.body["autoScaleFormula"])
    metadata = {"odata.metadata": f"{call.base}/$metadata#autoscalerun/@Element"}
    headers = entity_headers(pool.version, pool.modified, call.view.pool_url(pool.id))
    return Answer(200, headers, {**metadata, **scale_run(run)})
