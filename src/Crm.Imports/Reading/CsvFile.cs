namespace Crm.Imports;

internal sealed class CsvFile : SourceFile
{
    private const int SampleLength = 131_072;
    private static readonly char[] Delimiters = [',', ';', '\t', '|'];

    private readonly Stream stream;
    private readonly TextEncoding encoding;
    private readonly char delimiter;
    private readonly bool declared;

    public CsvFile(Stream stream, string fileName, SourceLimits limits)
        : base(fileName, limits)
    {
        this.stream = stream;
        encoding = TextEncoding.Detect(stream);
        var sample = Sample();
        var mark = Declared(sample);
        declared = mark is not null;
        delimiter = mark ?? Detect(sample, limits);
        Format = new SourceFormat(SourceKind.Csv, encoding.Name, delimiter.ToString(), encoding.BomLength > 0, null, 0);
    }

    private protected override IEnumerable<RawRow> ReadRaw()
    {
        using var text = encoding.Read(stream);
        var reader = new CsvRecordReader(text, delimiter, Limits);
        var cells = new List<string>();
        while (reader.Read(cells))
        {
            if (declared && reader.RecordNumber == 1) continue;
            yield return new RawRow(reader.RecordNumber, cells.ToArray());
        }
    }

    private string Sample()
    {
        using var text = encoding.Read(stream);
        var block = new char[SampleLength];
        return new string(block, 0, text.ReadBlock(block, 0, block.Length));
    }

    /// <summary>Excel's own convention: a first line <c>sep=;</c> names the delimiter.</summary>
    private static char? Declared(string sample)
    {
        var line = sample.AsSpan()[..Math.Min(sample.Length, 16)];
        var end = line.IndexOfAny('\r', '\n');
        if (end >= 0) line = line[..end];
        return line.Length == 5 && line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) ? line[4] : null;
    }

    /// <summary>The delimiter under which most records have the same number of cells; more cells win a tie; a single column is comma.</summary>
    private static char Detect(string sample, SourceLimits limits)
    {
        var best = (Delimiter: ',', Score: 0d);
        foreach (var candidate in Delimiters)
        {
            var score = Score(sample, candidate, limits);
            if (score > best.Score) best = (candidate, score);
        }
        return best.Delimiter;
    }

    private static double Score(string sample, char candidate, SourceLimits limits)
    {
        var widths = new List<int>();
        try
        {
            var reader = new CsvRecordReader(new StringReader(sample), candidate, limits);
            var cells = new List<string>();
            while (widths.Count < 200 && reader.Read(cells))
            {
                if (cells.Count > 1 || cells[0].Length > 0) widths.Add(cells.Count);
            }
        }
        catch (SourceFileException)
        {
            // The sample may end inside a quoted cell; what was read before tells enough.
        }
        if (sample.Length == SampleLength && widths.Count > 1) widths.RemoveAt(widths.Count - 1);
        if (widths.Count == 0) return 0;
        var mode = widths.GroupBy(w => w).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).First();
        return mode.Key == 1 ? 0 : (mode.Count() / (double)widths.Count) + (Math.Min(mode.Key, 50) / 1000d);
    }
}
