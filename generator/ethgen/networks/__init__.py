"""Networks: their chain ids, forks, boot nodes, and the keys nodes are known by."""
