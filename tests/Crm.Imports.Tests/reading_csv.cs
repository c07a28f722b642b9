using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class reading_csv
{
    private static readonly char[] Special = ['"', '\r', '\n', ',', ';', '\t', '|', ' '];
    private static readonly string[] LineEnds = ["\n", "\r\n", "\r"];

    /// <summary>Tables written by another library, with every delimiter, line end and encoding, come back cell by cell.</summary>
    [Fact]
    public void gives_back_what_another_writer_wrote()
    {
        var cell = Gen.Choose(0, 8).SelectMany(n => Gen.Elements("a", "B", "7", " ", "\"", "\n", "\r\n", ",", ";", "\t", "|", "'", "=", "客", "户", "é", "😀").ArrayOf(n))
            .Select(string.Concat);
        var table =
            from width in Gen.Choose(2, 6)
            from rows in cell.ArrayOf(width).ListOf()
            from delimiter in Gen.Elements(",", ";", "\t", "|")
            from lineEnd in Gen.Elements(LineEnds)
            from encoding in Gen.Elements(0, 1, 2, 3, 4)
            select (Width: width, Rows: rows.Where(r => r.Any(c => !string.IsNullOrWhiteSpace(c))).Append(Last(width)).ToList(), delimiter, lineEnd, encoding);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(table.ToArbitrary(), t =>
        {
            using var file = new MemoryStream(Write(t.Width, t.Rows, t.delimiter, t.lineEnd, Encodings()[t.encoding]));
            var read = SourceFile.Open(file, "table.csv");
            read.Columns.Count.ShouldBe(t.Width);
            read.Format.Delimiter.ShouldBe(t.delimiter);
            read.Rows().Select(r => r.Cells).ShouldBe(t.Rows.Select(r => r.Select(c => c.Trim()).ToArray()));
        }));
    }

    [Fact]
    public void tells_the_encoding()
    {
        string Name(Encoding e) => Files.OpenBytes([.. e.GetPreamble(), .. e.GetBytes("客户名称,手机\n阿里,13800138000\n")]).Format.Encoding!;
        Name(new UTF8Encoding(true)).ShouldBe("UTF-8");
        Name(new UTF8Encoding(false)).ShouldBe("UTF-8");
        Name(Encoding.Unicode).ShouldBe("UTF-16LE");
        Name(Encoding.BigEndianUnicode).ShouldBe("UTF-16BE");
        Name(Files.Gb18030).ShouldBe("GB18030");
        Files.OpenBytes([.. new UTF8Encoding(true).GetPreamble(), .. "a,b\n1,2\n"u8]).Format.Bom.ShouldBeTrue();
    }

    [Fact]
    public void numbers_rows_as_a_spreadsheet_does()
    {
        var file = Files.OpenText("name,note\nA,\"two\nlines\"\n\nB,x\n");
        file.Rows().Select(r => (r.Number, r.Cells[1])).ShouldBe([(2, "two\nlines"), (4, "x")]);
    }

    [Fact]
    public void rows_can_be_read_twice()
    {
        var file = Files.OpenText("name,note\nA,x\nB,y\n");
        file.Rows().Count().ShouldBe(2);
        file.Rows().Count().ShouldBe(2);
    }

    [Fact]
    public void reports_ragged_rows_one_by_one()
    {
        var file = Files.OpenText("name,phone,note\nA,1\nB,1,2,3\nC,1,2,\nD,1,#N/A\nE,1,2\n");
        file.Rows().Select(r => r.Problem).ShouldBe([RowProblem.MissingCells, RowProblem.ExtraCells, RowProblem.None, RowProblem.FormulaError, RowProblem.None]);
        file.Rows().First().Cells.ShouldBe(["A", "1", ""]);
    }

    [Fact]
    public void passes_over_title_lines()
    {
        var file = Files.OpenText("客户清单 2026,,\n\n客户名称,手机,所属行业\n阿里,13800138000,互联网\n");
        file.Columns.ShouldBe(["客户名称", "手机", "所属行业"]);
        file.Format.HeaderRow.ShouldBe(3);
        file.Notes.ShouldContain(new SourceNote("title_rows_skipped", null, 1));
        file.Rows().Single().Number.ShouldBe(4);
    }

    [Fact]
    public void gives_neutral_names_when_there_is_no_header()
    {
        var file = Files.OpenText("阿里,13800138000,2026-01-02\n腾讯,13900139000,2026-01-03\n");
        file.Columns.ShouldBe(["Column 1", "Column 2", "Column 3"]);
        file.Format.HeaderRow.ShouldBe(0);
        file.Rows().Count().ShouldBe(2);
        file.Notes.ShouldContain(n => n.Code == "no_header");
    }

    [Fact]
    public void makes_column_names_unique_and_drops_trailing_delimiters()
    {
        var file = Files.OpenText("name,,phone,phone,,\nA,x,1,2,,\n");
        file.Columns.ShouldBe(["name", "Column 2", "phone", "phone (2)"]);
        file.Rows().Single().Problem.ShouldBe(RowProblem.None);
        file.Notes.Select(n => n.Code).ShouldBe(["column_unnamed", "column_name_repeated"]);
    }

    [Fact]
    public void honours_a_declared_delimiter() =>
        Files.OpenText("sep=;\nname;note\nA,a;B,b\n").Rows().Single().Cells.ShouldBe(["A,a", "B,b"]);

    [Fact]
    public void takes_a_quotation_mark_inside_a_cell_literally() =>
        Files.OpenText("name,size\npipe,5\" wide\n\"A\"b,1\n").Rows().Select(r => r.Cells[0] + "|" + r.Cells[1]).ShouldBe(["pipe|5\" wide", "Ab|1"]);

    private static string[] Last(int width) => Enumerable.Repeat("end", width).ToArray();

    private static Encoding[] Encodings() => [new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Files.Gb18030];

    private static byte[] Write(int width, List<string[]> rows, string delimiter, string lineEnd, Encoding encoding)
    {
        using var bytes = new MemoryStream();
        using (var text = new StreamWriter(bytes, encoding, leaveOpen: true))
        using (var csv = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = delimiter, NewLine = lineEnd, ShouldQuote = x => x.Field?.IndexOfAny(Special) >= 0 }))
        {
            for (var i = 0; i < width; i++) csv.WriteField($"客户名称{i}");
            csv.NextRecord();
            foreach (var row in rows)
            {
                foreach (var cell in row) csv.WriteField(cell);
                csv.NextRecord();
            }
        }
        return bytes.ToArray();
    }
}
