"""How S3, or what speaks as it does, is spoken to; and addresses in a bucket that browsers may use for a while."""

import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from plugin.state.stores import StorageError

CONNECTIONS = 32
LIVES_SECONDS = 300
# Who asks for the same picture meanwhile gets the same address, so that a full room costs one signature a picture.
GIVEN_SECONDS = 60
# How long a browser may come back with the one it was given, a minute of wrong clocks left aside.
KEPT_SECONDS = LIVES_SECONDS - GIVEN_SECONDS - 60
MOST_GIVEN = 20_000
JPEG = "image/jpeg"
# An object never changes; the browser's own copy of it is all that outlives its address.
IMMUTABLE = "private, max-age=31536000, immutable"


@dataclass(frozen=True)
class BucketOptions:
    """Where the bucket is and who asks. What is empty is for boto3 to find, as in an instance with a role."""

    endpoint: str = ""
    region: str = ""
    key_id: str = ""
    secret: str = ""
    path_style: bool = False
    timeout_seconds: int = 10
    tries: int = 3
    public_url: str = ""  # of the bucket, for browsers


class SignedAddresses:
    """Whoever has one of these gets the picture, for five minutes and for as long as it is there."""

    def __init__(self, bucket: str, options: BucketOptions) -> None:
        self._bucket, self._options = bucket, _for_browsers(bucket, options)
        self._made: Any = None
        self._given: dict[str, tuple[float, str]] = {}  # by key, when it was signed

    def of(self, key: str) -> str:
        now = time.monotonic()
        signed_at, address = self._given.get(key, (0.0, ""))
        if not address or now - signed_at > GIVEN_SECONDS:
            if len(self._given) >= MOST_GIVEN:
                self._given.clear()
            address = self._sign(key)
            self._given[key] = now, address
        return address

    def _sign(self, key: str) -> str:
        if self._made is None:  # it opens no connection, and may cross a fork
            self._made = client(self._options, "virtual")
        asked = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentType": JPEG,
            "ResponseCacheControl": IMMUTABLE,
        }
        address: str = self._made.generate_presigned_url("get_object", asked, ExpiresIn=LIVES_SECONDS)
        return address


def _for_browsers(bucket: str, options: BucketOptions) -> BucketOptions:
    """The same bucket as browsers reach it: its name stands in the path or in the host name."""
    parts = urlsplit(options.public_url)
    in_path = parts.path == f"/{bucket}"
    host = parts.netloc if in_path else parts.netloc.removeprefix(f"{bucket}.")
    return replace(options, endpoint=f"{parts.scheme}://{host}", path_style=in_path)


def client(options: BucketOptions, unless_in_path: str = "auto") -> Any:
    """boto3's; `unless_in_path`: where it puts the bucket's name otherwise."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise StorageError("a bucket needs boto3: pip install 'virtual-mosaic[s3]'") from None
    config = Config(
        connect_timeout=options.timeout_seconds,
        read_timeout=options.timeout_seconds,
        retries={"total_max_attempts": options.tries, "mode": "standard"},
        max_pool_connections=CONNECTIONS,
        signature_version="s3v4",
        s3={"addressing_style": "path" if options.path_style else unless_in_path},
        # Not every server that speaks as S3 does knows the checksums that boto3 would add to each request.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=options.endpoint or None,
        region_name=options.region or None,
        aws_access_key_id=options.key_id or None,
        aws_secret_access_key=options.secret or None,
        config=config,
    )
