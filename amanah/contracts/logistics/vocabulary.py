"""The words of GS1's Core Business Vocabulary 2.0 (sections 7.1 to 7.5) in the forms that partners send them."""

CBV = "https://ref.gs1.org/cbv/"

BIZ_STEPS = frozenset(
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping""".split()
)
DISPOSITIONS = frozenset(
    """active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed
    recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable
    unknown""".split()
)

_FORMS = {
    "BizStep": ("urn:epcglobal:cbv:bizstep:", "cbv:BizStep-", CBV + "BizStep-"),
    "Disp": ("urn:epcglobal:cbv:disp:", "cbv:Disp-", CBV + "Disp-"),
    "BTT": ("urn:epcglobal:cbv:btt:", "cbv:BTT-", CBV + "BTT-"),
    "SDT": ("urn:epcglobal:cbv:sdt:", "cbv:SDT-", CBV + "SDT-"),
    "ER": ("urn:epcglobal:cbv:er:", "cbv:ER-", CBV + "ER-"),
}


def bare(word: str, kind: str) -> str:
    """`word` without the CBV prefix of its `kind` (BizStep, Disp, BTT, SDT, ER); a private URI stays as it is."""
    for prefix in _FORMS[kind]:
        if word.startswith(prefix):
            return word[len(prefix) :]
    return word


def web_uri(word: str, kind: str) -> str:
    """The CBV web URI of `word` in any of its forms; a private URI stays as it is."""
    short = bare(word, kind)
    return short if ":" in short else f"{CBV}{kind}-{short}"
