using System.Text;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class reading_workbooks
{
    private const string Styles =
        """
        <numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[Red]0.00&quot;day&quot;"/></numFmts>
        <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs>
        """;

    [Fact]
    public void finds_the_sheet_with_data_and_resolves_every_kind_of_cell()
    {
        var file = Files.OpenBytes(Files.Workbook(
            """
            <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>opened</t></is></c><c r="C1" t="inlineStr"><is><t>amount</t></is></c><c r="E1" t="inlineStr"><is><t>ok</t></is></c></row>
            <row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" s="1"><v>42663</v></c><c r="C3"><v>1.1000000000000001</v></c><c r="E3" t="b"><v>1</v></c></row>
            <row r="4"><c r="A4" t="str"><v>=x</v></c><c r="B4" s="2"><v>42664</v></c><c r="C4"><v>1.3800138000000000E10</v></c></row>
            <row r="5"><c r="A5" t="inlineStr"><is><t>B</t></is></c><c r="B5" s="4"><v>42664.5</v></c><c r="C5" s="3"><v>1100.04</v></c><c r="D5"/><c r="E5" t="e"><v>#N/A</v></c></row>
            """,
            ["<t>客户</t>", "<r><t>阿</t></r><rPh sb=\"0\" eb=\"1\"><t>ā</t></rPh><r><t>里</t></r>"],
            Styles));
        file.Format.ShouldBe(new SourceFormat(SourceKind.Xlsx, null, null, false, "客户", 1));
        file.Columns.ShouldBe(["客户", "opened", "amount", "Column 4", "ok"]);
        var rows = file.Rows().ToList();
        rows.Select(r => r.Number).ShouldBe([3, 4, 5]);
        rows[0].Cells.ShouldBe(["阿里", "2016-10-20", "1.1", "", "TRUE"]);
        rows[1].Cells.ShouldBe(["=x", "2016-10-21", "13800138000", "", ""]);
        rows[2].Cells.ShouldBe(["B", "2016-10-21T12:00:00", "1100.04", "", "#N/A"]);
        rows.Select(r => r.Problem).ShouldBe([RowProblem.None, RowProblem.None, RowProblem.FormulaError]);
        file.Rows().Count().ShouldBe(3);
    }

    [Theory]
    [InlineData(1, "1900-01-01")]
    [InlineData(59, "1900-02-28")]
    [InlineData(61, "1900-03-01")]
    [InlineData(2958465, "9999-12-31")]
    public void counts_days_as_spreadsheets_do(int serial, string date) => Date(serial, "").ShouldBe(date);

    [Fact]
    public void honours_the_1904_calendar() => Date(1, "<workbookPr date1904=\"1\"/>").ShouldBe("1904-01-02");

    [Fact]
    public void reads_many_rows_without_keeping_them()
    {
        var data = new StringBuilder("<row><c t=\"inlineStr\"><is><t>name</t></is></c><c t=\"inlineStr\"><is><t>n</t></is></c></row>");
        for (var i = 0; i < 20_000; i++) data.Append("<row><c t=\"inlineStr\"><is><t>A").Append(i).Append("</t></is></c><c><v>").Append(i).Append("</v></c></row>");
        var rows = Files.OpenBytes(Files.Workbook(data.ToString())).Rows();
        rows.Count().ShouldBe(20_000);
        rows.Last().Cells.ShouldBe(["A19999", "19999"]);
    }

    private static string Date(int serial, string workbook) =>
        Files.OpenBytes(Files.Workbook(
            $"""<row r="1"><c t="inlineStr"><is><t>day</t></is></c></row><row r="2"><c s="1"><v>{serial}</v></c></row>""",
            styles: Styles, workbookPr: workbook)).Rows().Single().Cells[0];
}
