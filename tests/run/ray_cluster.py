"""A Ray cluster of two nodes on this machine, one processor each, until standard input ends."""

from __future__ import annotations

import json
import sys

from ray.cluster_utils import Cluster

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    sys.stdout.write(json.dumps({"address": cluster.address}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.shutdown()
