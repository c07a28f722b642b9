namespace Crm.Imports;

/// <summary>How the file was read, and how many data rows it has.</summary>
/// <param name="Kind"><c>csv</c> or <c>xlsx</c>.</param>
/// <param name="HeaderRow">0 if the file has no header.</param>
internal sealed record ImportFormat(SourceKind Kind, string? Encoding, string? Delimiter, bool Bom, string? Sheet, int HeaderRow, int Rows);

/// <summary>What one column becomes.</summary>
/// <param name="Field">Code of a field, <c>custom.…</c>, or null to leave the column out.</param>
/// <param name="Format">How dates or numbers are written; null takes what was detected.</param>
/// <param name="Confidence">Of the proposal; 1 when a person chose.</param>
/// <param name="Blank">What blank cells of this column do; null is as for the file.</param>
internal sealed record ImportColumn(string Name, int Index, string? Field, string? Format, double Confidence, BlankCells? Blank = null);

/// <summary>A value of the file that a person replaces for a field.</summary>
/// <param name="To">Null: the value stays as it is, whatever is suggested.</param>
internal sealed record ValueReplacement(string Field, string From, string? To);

/// <summary>What became of the rows; in a dry run what would become of them.</summary>
/// <param name="Warnings">Rows that are imported with a warning.</param>
internal sealed record ImportTotals(int Rows, int Created, int Updated, int Unchanged, int Skipped, int Failed, int Warnings);

/// <summary>What a revert did.</summary>
/// <param name="Kept">Rows whose record or fields stayed because somebody changed them since.</param>
internal sealed record RevertTotals(int Deleted, int Restored, int Kept);

/// <summary>A file was uploaded and read.</summary>
/// <param name="Size">Bytes.</param>
internal sealed record ImportUploaded(string FileName, long Size, ImportFormat Format);

/// <summary>The columns were mapped to fields, by proposal or by a person; a dry run follows if the target is known.</summary>
/// <param name="Guessed">Whether the target was guessed from the columns.</param>
/// <param name="MappedBy">The saved mapping that was used, by its name, or the system whose export was recognised; null for a proposal by names and values.</param>
internal sealed record ImportMapped(string? Target, bool Guessed, ImportColumn[] Columns, ValueReplacement[] Values, ImportOptions Options, string? MappedBy = null);

/// <summary>Every row was tried without changing anything.</summary>
internal sealed record ImportChecked(ImportTotals Totals);

/// <summary>The rows are being imported; also when a failed or cancelled import goes on.</summary>
internal sealed record ImportStarted;

/// <summary>Every row was imported, skipped or refused.</summary>
internal sealed record ImportCompleted(ImportTotals Totals);

/// <summary>The import stopped by a fault. What was imported stays; it can go on or be reverted.</summary>
internal sealed record ImportFailed(string Code, string Zh, string En);

/// <summary>A person stopped the import. What was imported stays; it can go on or be reverted.</summary>
internal sealed record ImportCancelled;

/// <summary>What the import did is being undone.</summary>
internal sealed record ImportRevertStarted;

/// <summary>What the import did is undone, except what was changed since.</summary>
internal sealed record ImportReverted(RevertTotals Totals);

/// <summary>A mapping was kept under a name, or what it holds was replaced.</summary>
/// <param name="Target">What the rows are.</param>
/// <param name="Columns">What each column becomes.</param>
/// <param name="Options">Mode, keys, blank cells and the rest.</param>
/// <param name="HeadersKey">By which files with the same headers are recognised.</param>
internal sealed record ImportMappingSaved(string Name, string Target, ImportColumn[] Columns, ImportOptions Options, string HeadersKey);

/// <summary>A saved mapping was removed.</summary>
internal sealed record ImportMappingRemoved(string Name);
