using System.IO.Compression;

namespace Crm.Imports;

/// <summary>
/// Looks at a workbook as an archive before any of it is parsed. Sizes are counted by really decompressing, because the sizes in an archive's
/// directory are the sender's claim.
/// </summary>
internal static class XlsxGuard
{
    private const long RatioMatters = 20L * 1024 * 1024;

    public static void Check(Stream stream, SourceLimits limits)
    {
        stream.Position = 0;
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Count > limits.MaxParts) throw SourceFileErrors.Entries(limits.MaxParts);
            if (archive.Entries.Any(e => e.FullName.EndsWith("vbaProject.bin", StringComparison.OrdinalIgnoreCase))) throw SourceFileErrors.Macros();
            if (archive.GetEntry("[Content_Types].xml") is null || !archive.Entries.Any(IsWorkbook)) throw SourceFileErrors.NotAWorkbook();
            CountBytes(archive, stream.Length, limits);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw SourceFileErrors.Damaged(e);
        }
    }

    private static bool IsWorkbook(ZipArchiveEntry entry) =>
        entry.FullName.StartsWith("xl/", StringComparison.OrdinalIgnoreCase) && entry.Name.StartsWith("workbook", StringComparison.OrdinalIgnoreCase);

    private static void CountBytes(ZipArchive archive, long compressed, SourceLimits limits)
    {
        long total = 0;
        var block = new byte[81_920];
        foreach (var entry in archive.Entries)
        {
            using var content = entry.Open();
            for (int read; (read = content.Read(block)) > 0;)
            {
                total += read;
                if (total > limits.MaxExpandedBytes) throw SourceFileErrors.Expands(limits.MaxExpandedBytes);
                if (total > RatioMatters && total / compressed > limits.MaxExpansionRatio) throw SourceFileErrors.Ratio(limits.MaxExpansionRatio);
            }
        }
    }
}
