using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

public sealed class profiling_columns
{
    [Fact]
    public void the_sales_pipeline()
    {
        using var stream = Files.Sales("sales_pipeline.csv");
        var columns = Files.Profile(SourceFile.Open(stream, "sales_pipeline.csv")).ToDictionary(c => c.Name);
        columns["engage_date"].ShouldSatisfyAllConditions(
            c => c.Type.ShouldBe(ColumnType.Date), c => c.Format.ShouldBe("dd-MM-yyyy"), c => c.Ambiguous.ShouldBeFalse(), c => c.Blanks.ShouldBe(500), c => c.Misfits.ShouldBe(0));
        columns["close_value"].Type.ShouldBe(ColumnType.Number);
        columns["opportunity_id"].ShouldSatisfyAllConditions(c => c.Distinct.ShouldBe(8800), c => c.Type.ShouldBe(ColumnType.Text), c => c.Values.ShouldBeNull());
        columns["account"].Blanks.ShouldBe(1425);
        columns["product"].Values!["GTXPro"].ShouldBe(1480);
    }

    [Fact]
    public void dates_without_a_telling_value_are_ambiguous()
    {
        var column = Profile("created", "01-02-2026", "03-04-2026", "");
        column.Type.ShouldBe(ColumnType.Date);
        column.Ambiguous.ShouldBeTrue();
        column.Alternatives.Prepend(column.Format).ShouldBe(["dd-MM-yyyy", "MM-dd-yyyy"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("MM/dd/yyyy", "01/02/2026", "10/20/2016")]
    [InlineData("dd.MM.yyyy", "01.02.2026", "20.10.2016")]
    [InlineData("yyyy/M/d", "2026/1/2", "2026/11/20")]
    [InlineData("yyyy年M月d日", "2026年1月2日", "2026年11月20日")]
    [InlineData("yyyy-MM-dd", "2026-01-02", "2026-01-02T10:00:00+08:00", "2026-03-04 08:00")]
    [InlineData("d MMM yyyy", "2 Jan 2026", "20 October 2016")]
    [InlineData("yyyyMMdd", "20260102", "20161020")]
    [InlineData("excelSerial", "42663", "42664")]
    public void date_formats_are_told_apart(string format, params string[] values)
    {
        var column = Profile("created_date", values);
        column.Format.ShouldBe(format);
        column.Ambiguous.ShouldBeFalse();
    }

    [Fact]
    public void digits_are_dates_only_under_a_name_that_says_so()
    {
        Profile("employees", "42663", "42664").Type.ShouldBe(ColumnType.Number);
        Profile("code", "20260102", "20161020").Type.ShouldBe(ColumnType.Number);
    }

    [Theory]
    [InlineData("Email", "a@b.cn", "c.d@e.com")]
    [InlineData("Phone", "13800138000", "13900139000")]
    [InlineData("Phone", "+86 138 0013 8000", "021-6543 2100")]
    [InlineData("Boolean", "是", "否")]
    [InlineData("Money", "¥1,200.50", "￥800")]
    [InlineData("Number", "1,200.50", "-3")]
    [InlineData("Text", "A1", "12", "b")]
    [InlineData("Empty", "", "")]
    public void types(string type, params string[] values) => Profile("x", values).Type.ToString().ShouldBe(type);

    [Fact]
    public void decimals_are_read_as_the_whole_column_writes_them()
    {
        Profile("price", "1.234,50", "1.000").Format.ShouldBe("1.234,56");
        Profile("price", "1,234.50", "1,000").Format.ShouldBe("1,234.56");
        Profile("price", "1,234", "2,000").Ambiguous.ShouldBeTrue();
    }

    /// <summary>Any date written in any format is read back as the same day.</summary>
    [Fact]
    public void every_date_survives_every_format()
    {
        string[] formats = ["dd-MM-yyyy", "MM-dd-yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "yyyy-MM-dd", "yyyy/M/d", "yyyy年M月d日", "yyyyMMdd", "d MMM yyyy", "dd.MM.yyyy"];
        var days = from n in Gen.Choose(0, 36_500) from f in Gen.Elements(formats) select (Day: new DateOnly(1950, 1, 1).AddDays(n), Format: f);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(days.ToArbitrary(), x =>
            DateFormat.Parse(x.Format)!.TryRead(x.Day.ToString(x.Format, CultureInfo.InvariantCulture), out var read) && read == x.Day));
    }

    [Fact]
    public void every_amount_survives_both_formats()
    {
        var amounts = Gen.Choose(-2_000_000_000, 2_000_000_000).Select(n => n / 100m);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(amounts.ToArbitrary(), x =>
            NumberFormat.Point.TryRead(x.ToString("N2", CultureInfo.InvariantCulture), out var a) && a == x
            && NumberFormat.Comma.TryRead(x.ToString("N2", CultureInfo.GetCultureInfo("de-DE")), out var b) && b == x));
    }

    private static ColumnProfile Profile(string name, params string[] values)
    {
        var profiler = new ColumnProfiler(name, 0);
        foreach (var value in values) profiler.Add(value);
        return profiler.Profile();
    }
}
