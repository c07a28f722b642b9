using Crm.Http;

namespace Crm.Imports;

/// <summary>The fields of a target with the organisation's own among them, made anew only when those were settled anew: rows ask for them one by one.</summary>
/// <param name="pictures">Where the settings of the moment are.</param>
/// <param name="make">Makes the fields of some settings.</param>
public sealed class FieldCatalogue(AccessPictures pictures, Func<FieldSettings, IEnumerable<ImportField>> make)
{
    private Tuple<FieldSettings, IReadOnlyList<ImportField>>? made;

    /// <summary>The fields of the moment.</summary>
    public IReadOnlyList<ImportField> Fields
    {
        get
        {
            var (settings, known) = (pictures.Latest.Fields, made);
            if (known?.Item1 != settings) made = known = Tuple.Create<FieldSettings, IReadOnlyList<ImportField>>(settings, [.. make(settings)]);
            return known.Item2;
        }
    }
}
