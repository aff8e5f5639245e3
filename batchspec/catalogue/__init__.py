"""What is known offline of Azure Batch images, node agents, VM sizes and retirements, as of CATALOGUE_DATE.

    images        aliases, and which node agent fits which marketplace image
    sizes         what the name of a VM size says: vCPUs, GPUs, RDMA
    retirements   what is gone or will go, and when

Each row has its source. What a table does not know gets None for an answer, never a guess. Imports nothing of ours.
"""

from batchspec.catalogue.images import ALIASES, Marketplace, agent_fits, image, os_of, runs_containers
from batchspec.catalogue.retirements import CATALOGUE_DATE, RETIREMENTS, Retirement, retirement
from batchspec.catalogue.sizes import Size, cores, has_gpu, has_rdma, most_slots, parse, suggest

__all__ = [
    "ALIASES",
    "CATALOGUE_DATE",
    "RETIREMENTS",
    "Marketplace",
    "Retirement",
    "Size",
    "agent_fits",
    "cores",
    "has_gpu",
    "has_rdma",
    "image",
    "most_slots",
    "os_of",
    "parse",
    "retirement",
    "runs_containers",
    "suggest",
]
