namespace Crm.Contracts;

/// <summary>Records went into a file that somebody exports; why is in the event's circumstances. A large export has many of these, one for each part of the file.</summary>
/// <param name="ExportId">The export.</param>
/// <param name="Resource">What the records are: <c>customers opportunities tickets</c>.</param>
/// <param name="Fields">The fields in the file that tell something of a person, in plain.</param>
/// <param name="Customers">The customers that the records of the part are or are about.</param>
public sealed record RecordsExported(Guid ExportId, string Resource, string[] Fields, Guid[] Customers);

/// <summary>An export ended before anybody could have its file, which is gone: nobody saw what <see cref="RecordsExported"/> tells of it.</summary>
/// <param name="Fault">Why, as a code; null if it was cancelled by who had asked for it.</param>
public sealed record RecordsExportEnded(string? Fault);
