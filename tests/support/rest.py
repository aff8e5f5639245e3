"""The smallest JSON documents of each kind."""

IMAGE = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
MACHINES = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
POOL = {"id": "p", "vmSize": "Standard_D2s_v5", "virtualMachineConfiguration": MACHINES}
JOB = {"id": "j", "poolInfo": {"poolId": "p"}, "onAllTasksComplete": "terminatejob"}
TASK = {"id": "t", "commandLine": "/bin/true"}
SCHEDULE = {"id": "s", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "p"}}}
