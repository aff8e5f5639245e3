"""The ports in memory, time that jumps, and requests that fail when told to.

The service moves only while somebody sleeps: `FakeClock.sleep` lets the time pass and `FakeBatch.step` does what
the service would have done in it.
"""

from tests.support.fakes.batch import FakeBatch
from tests.support.fakes.blob import FakeBlob
from tests.support.fakes.clock import EPOCH, FakeClock
from tests.support.fakes.faults import Faults
from tests.support.fakes.records import Behaviour, FakeJob, FakePool

__all__ = ["EPOCH", "Behaviour", "FakeBatch", "FakeBlob", "FakeClock", "FakeJob", "FakePool", "Faults"]
