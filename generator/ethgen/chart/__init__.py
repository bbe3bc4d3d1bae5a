"""The values of charts/ethereum-infrastructure as types: what `stack` fills in and `values.schema.json` is made from."""
