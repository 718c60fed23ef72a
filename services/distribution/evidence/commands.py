"""Uploads of evidence."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Refused
from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.uploads import Upload, UploadPurpose
from amanah.runtime.rpc import answers
from services.distribution.store import Store

_PURPOSES = frozenset(UploadPurpose) - {UploadPurpose.RECIPIENT_LIST}


@answers
async def create_evidence_upload(store: Store, actor: Actor, ask: CreateEvidenceUpload) -> Upload:
    """Creates an upload and returns the URL for its bytes."""
    actor.anywhere(ask.roles)
    if ask.purpose not in _PURPOSES:
        raise Refused("purpose_unknown", "purpose")
    return await store.uploads.create(
        actor,
        ask.purpose,
        filename=ask.filename,
        content_type=ask.content_type,
        size=ask.size,
        sha256=ask.sha256,
    )
