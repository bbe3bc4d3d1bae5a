"""The values of the chart `ethereum-infrastructure` as types, and the files of the chart that are made from them."""
