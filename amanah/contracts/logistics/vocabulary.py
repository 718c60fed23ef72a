"""The words of GS1's Core Business Vocabulary 2.0 (sections 7.1 to 7.8) in the forms that partners send them."""

CBV = "https://ref.gs1.org/cbv/"
GS1_VOCABULARY = "https://gs1.org/voc/"

MASTER_DATA = "urn:epcglobal:cbv:mda"
NAMESPACES: dict[str, str] = {
    "cbv": CBV, "cbvmda": MASTER_DATA, "epcis": "https://ref.gs1.org/epcis/", "gs1": GS1_VOCABULARY,
}  # fmt: skip
"""The prefixes that GS1's JSON-LD context declares, so that no document needs to."""

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
MEASUREMENTS = frozenset(
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
    Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
    MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
    RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
    SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux
    Wavenumber""".split()
)
SENSOR_ALERTS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
COMPONENTS = frozenset(
    """altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
    spherical_radius x y z""".split()
)

_FORMS = {
    kind: (f"urn:epcglobal:cbv:{kind.lower()}:", f"cbv:{kind}-", f"{CBV}{kind}-")
    for kind in ("BizStep", "Disp", "BTT", "SDT", "ER")
}
_URNS = {urn: web for urn, _, web in _FORMS.values()}


def bare(word: str, kind: str) -> str:
    """`word` without the CBV prefix of its `kind` (BizStep, Disp, BTT, SDT, ER); a private URI stays as it is."""
    for prefix in _FORMS[kind]:
        if word.startswith(prefix):
            return word[len(prefix) :]
    return word


def web_uri(word: str, kind: str) -> str:
    """The CBV web URI of `word` in any of its forms; a private URI stays as it is."""
    short = bare(word.strip(), kind)
    return short if ":" in short else f"{CBV}{kind}-{short}"


def web_form(uri: str) -> str:
    """The CBV web URI of a CBV URN; any other `uri` comes back as it is."""
    if uri.startswith("urn:epcglobal:cbv:"):
        for urn, web in _URNS.items():
            if uri.startswith(urn):
                return web + uri[len(urn) :]
    return uri
