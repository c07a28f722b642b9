using Shouldly;
using Xunit;

namespace Crm.Exports.Tests;

public sealed class writing_workbooks
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(9, 3)]
    public async Task what_does_not_fit_on_a_sheet_goes_to_the_next_one(int rows, int sheets)
    {
        var parts = Enumerable.Range(1, rows).Chunk(2).Select(chunk => Workbook.Rows(chunk.Select(n => (IReadOnlyList<Cell>)[new Cell(CellKind.Number, n.ToString(null, null))])));
        using var file = new MemoryStream();
        await Workbook.WriteAsync(file, [], parts.ToAsyncEnumerable(), Ct, rowsOfPart: 2, sheetRows: 4);
        var read = Files.Xlsx(file.ToArray());
        read.Count.ShouldBe(sheets);
        read.SelectMany(s => s.Skip(1)).Select(r => r[0].Value).ShouldBe(Enumerable.Range(1, rows).Select(n => n.ToString(null, null)));
    }

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("a\rb\nc\td")]
    [InlineData("_x000D_")]
    [InlineData("<&>\"'")]
    [InlineData("🀄 和 \ud83d")]
    public async Task every_text_comes_back(string text)
    {
        using var file = new MemoryStream();
        await Workbook.WriteAsync(file, [], new[] { Workbook.Rows([[new Cell(CellKind.Text, text)]]) }.ToAsyncEnumerable(), Ct);
        Files.Xlsx(file.ToArray()).Single()[1][0].Value.ShouldBe(text);
    }

    [Theory]
    [InlineData("123456789012345", false)]
    [InlineData("1234567890123456", true)]
    [InlineData("-0.5", false)]
    public async Task a_number_that_would_lose_digits_stays_text(string number, bool text)
    {
        using var file = new MemoryStream();
        await Workbook.WriteAsync(file, [], new[] { Workbook.Rows([[new Cell(CellKind.Number, number)]]) }.ToAsyncEnumerable(), Ct);
        var cell = Files.Xlsx(file.ToArray()).Single()[1][0];
        (cell.Value, cell.IsText).ShouldBe((number, text));
    }
}
