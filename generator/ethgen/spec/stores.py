"""Scalars of a spec that buckets and their stores are named by."""

from __future__ import annotations

from typing import Annotated

from ethgen.spec.notation import Notation

# Amazon S3's rules for the names of buckets, which other stores share, but for those of names that it keeps to itself.
_BUCKET = Notation(
    r"(?!.*\.\.)[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]", "the name of a bucket: 3 to 63 of a-z, 0-9, '-' and '.'"
)
Bucket = Annotated[str, _BUCKET]

_ENDPOINT = Notation(
    r"(?=.{1,253}(:|$))[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?",
    "a host and maybe a port, without a scheme, such as s3.eu-central-1.amazonaws.com or minio.minio.svc:9000",
)
Endpoint = Annotated[str, _ENDPOINT]

_REGION = Notation(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "the name of a region such as eu-central-1")
Region = Annotated[str, _REGION]
