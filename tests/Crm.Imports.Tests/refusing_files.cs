using System.Text;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class refusing_files
{
    private static readonly SourceLimits Small = new()
    {
        MaxBytes = 50_000, MaxRows = 10, MaxColumns = 5, MaxCellLength = 100, MaxRowLength = 300, MaxExpandedBytes = 200_000, MaxParts = 20, MaxColumnNameLength = 20,
    };

    [Fact] public void empty() => Refuses([], "file_empty");

    [Fact] public void only_blank_lines() => Refuses("\n\n , \n"u8.ToArray(), "file_empty");

    [Fact] public void a_header_without_rows() => Refuses("name,phone\n"u8.ToArray(), "file_without_rows");

    [Fact] public void more_bytes_than_allowed() => Refuses(new byte[60_000], "file_too_large", Small, "0");

    [Fact] public void nul_characters() => Refuses("name,phone\nA\0B,1\n"u8.ToArray(), "file_has_nul", says: "line 2");

    [Fact] public void nul_characters_in_utf16() => Refuses([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a,b\n1,\0\n")], "file_has_nul");

    [Fact] public void an_unknown_encoding() => Refuses([(byte)'a', (byte)',', 0xFF, 0xFF, (byte)'\n', 0xC3, 0x28, (byte)'\n'], "file_encoding_unknown");

    [Fact] public void broken_text_after_a_byte_order_mark() => Refuses([0xEF, 0xBB, 0xBF, (byte)'a', 0xC3, 0x28], "file_encoding_unknown");

    [Fact]
    public void ten_megabytes_of_garbage()
    {
        var garbage = new byte[10 * 1024 * 1024];
        new Random(1).NextBytes(garbage);
        garbage[0] = (byte)'x';
        Should.Throw<SourceFileException>(() => Files.OpenBytes(garbage).Rows().Count()).Code.ShouldBeOneOf("file_has_nul", "file_encoding_unknown");
        Array.Fill(garbage, (byte)'x');
        Refuses(garbage, "file_cell_too_long");
    }

    [Fact] public void a_line_that_is_too_long() => Refuses(Text("a,b\n" + string.Join(',', Enumerable.Repeat(new string('x', 90), 4))), "file_row_too_long", Small, "300");

    [Fact] public void a_cell_that_is_too_long() => Refuses(Text("a,b\n1," + new string('x', 101)), "file_cell_too_long", Small, "100");

    [Fact] public void a_name_of_a_megabyte() => Refuses(Text("name,phone\n\"" + new string('n', 1_000_000) + "\",1\n"), "file_cell_too_long");

    [Fact] public void too_many_columns() => Refuses(Text("a,b,c,d,e,f\n"), "file_too_many_columns", Small, "5");

    [Fact] public void too_many_rows() => Refuses(Text("a,b\n" + string.Concat(Enumerable.Repeat("1,2\n", 11))), "file_too_many_rows", Small, "10");

    [Fact] public void a_column_name_that_is_too_long() => Refuses(Text(new string('a', 21) + ",b\n1,2\n"), "file_column_name_too_long", Small, "20");

    [Fact] public void a_quotation_mark_without_end() => Refuses(Text("a,b\n1,\"two\n3,4\n"), "file_unclosed_quote", says: "row 2");

    [Fact] public void a_web_page() => Refuses("\n <!DOCTYPE html><html></html>"u8.ToArray(), "file_not_a_table");

    [Fact] public void a_picture() => Refuses([0x89, 0x50, 0x4E, 0x47, 1, 2, 3], "file_not_a_table");

    [Fact] public void an_old_workbook() => Refuses([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. new byte[2000]], "file_old_excel");

    [Fact]
    public void a_workbook_with_a_password() =>
        Refuses([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. new byte[70_001], .. Encoding.Unicode.GetBytes("EncryptedPackage"), .. new byte[100]], "file_encrypted");

    [Fact] public void an_archive_that_is_no_workbook() => Refuses(Files.Zip(("a.txt", [1, 2, 3])), "file_not_a_workbook");

    [Fact] public void a_workbook_with_macros() => Refuses(Files.Workbook("<row/>", extra: ("xl/vbaProject.bin", [1])), "file_has_macros");

    [Fact] public void a_workbook_without_data() => Refuses(Files.Workbook("<row r=\"1\"/>"), "file_empty");

    [Fact]
    public void a_workbook_with_too_many_parts() =>
        Refuses(Files.Workbook("", extra: [.. Enumerable.Range(0, 20).Select(i => ($"xl/x{i}.xml", new byte[1]))]), "file_has_too_many_parts", Small, "20");

    [Fact]
    public void a_zip_bomb()
    {
        Refuses(Files.Workbook("", extra: ("xl/media/a.bin", new byte[40 * 1024 * 1024])), "file_expands_too_much", says: "200 times");
        Refuses(Files.Workbook("", extra: ("xl/media/a.bin", new byte[300_000])), "file_expands_too_much", Small, "0.2 MB");
    }

    [Fact]
    public void a_bomb_that_lies_about_its_size()
    {
        var bomb = Files.Workbook("", extra: ("xl/media/a.bin", new byte[40 * 1024 * 1024]));
        for (var i = 0; i + 46 < bomb.Length; i++)
        {
            // central directory header: uncompressed size at offset 24
            if (bomb.AsSpan(i, 4).SequenceEqual("PK\u0001\u0002"u8) && BitConverter.ToInt32(bomb, i + 24) == 40 * 1024 * 1024) BitConverter.TryWriteBytes(bomb.AsSpan(i + 24), 10);
        }
        // The framework stops at the size that the directory claims, so what is left is a workbook without data or a damaged one.
        Should.Throw<SourceFileException>(() => Files.OpenBytes(bomb)).Code.ShouldBeOneOf("file_expands_too_much", "file_damaged", "file_empty");
    }

    [Fact]
    public void a_damaged_workbook()
    {
        var workbook = Files.Workbook("""<row r="1"><c t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c><v>1</v></c></row>""");
        Refuses(workbook[..(workbook.Length / 2)], "file_damaged");
        Refuses(Files.Workbook("<row r=\"1\"><c><v>1</c></row>"), "file_damaged");
        Refuses(Files.Workbook("<row r=\"1\"><c s=\"x\"><v>1</v></c></row>", strings: ["<t>a"]), "file_damaged");
        for (var i = 60; i < workbook.Length; i += 37)
        {
            var broken = workbook.ToArray();
            broken[i] ^= 0x5A;
            try
            {
                _ = Files.OpenBytes(broken).Rows().Count();
            }
            catch (SourceFileException)
            {
                // Any refusal will do; any other exception fails the test.
            }
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static void Refuses(byte[] bytes, string code, SourceLimits? limits = null, string says = "")
    {
        var refusal = Should.Throw<SourceFileException>(() => Files.OpenBytes(bytes, limits).Rows().Count());
        refusal.Code.ShouldBe(code);
        refusal.English.ShouldContain(says);
        refusal.Chinese.ShouldNotBeNullOrWhiteSpace();
    }
}
