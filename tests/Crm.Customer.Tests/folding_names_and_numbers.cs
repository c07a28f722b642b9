using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

public sealed class folding_names_and_numbers
{
    [Theory]
    [InlineData("上海云帆科技有限公司", "上海云帆科技")]
    [InlineData("上海云帆科技股份有限公司", "上海 云帆科技 有限责任公司")]
    [InlineData("云帆（中国）有限公司", "云帆(中国)")]
    [InlineData("ＡＣＭＥ　Ｃｏ．，Ｌｔｄ．", "Acme")]
    [InlineData("Acme, Inc.", "ACME Corporation")]
    [InlineData("Codehow S.A.", "codehow sa")]
    [InlineData("美的集团", "美的集团股份有限公司")]
    [InlineData("蓝鲸科技（北京）有限公司", "蓝鲸科技有限公司(北京)")]
    [InlineData("蓝鲸科技（北京）有限公司", "蓝鲸科技北京")]
    [InlineData("蓝鲸科技（有限公司）", "蓝鲸科技")]
    [InlineData("臺灣國際貿易有限公司", "台湾国际贸易")]
    public void finds_two_ways_to_write_one_name(string one, string other) => MatchKey.OfName(one).ShouldBe(MatchKey.OfName(other));

    [Theory]
    [InlineData("云帆科技有限公司", "云帆软件有限公司")]
    [InlineData("Acme Foods Inc.", "Acme Inc.")]
    [InlineData("华为北京分公司", "华为")]
    [InlineData("有限公司", "公司")]
    [InlineData("云帆（北京）有限公司", "云帆（上海）有限公司")]
    public void tells_two_names_apart(string one, string other) => MatchKey.OfName(one).ShouldNotBe(MatchKey.OfName(other));

    [Fact]
    public void finds_nothing_in_a_name_without_letters() => MatchKey.OfName(" -!? ").ShouldBeNull();

    [Theory]
    [InlineData("13800138000", "13800138000")]
    [InlineData("138-0013-8000", "13800138000")]
    [InlineData("+86 138 0013 8000", "13800138000")]
    [InlineData("０１３８", null)]
    [InlineData("１３８ ００１３ ８０００", "13800138000")]
    [InlineData("0086-138-0013-8000", "13800138000")]
    [InlineData("8613800138000", "13800138000")]
    [InlineData("(010) 6234-5678", "01062345678")]
    [InlineData("+86 10 6234 5678", "01062345678")]
    [InlineData("0755-26001234-801", "075526001234x801")]
    [InlineData("0755-26001234转801", "075526001234x801")]
    [InlineData("0755-26001234 ext. 801", "075526001234x801")]
    [InlineData("400-820-8820", "4008208820")]
    [InlineData("95588", "95588")]
    [InlineData("+1 (415) 555-0100", "+14155550100")]
    [InlineData("+44 20 7946 0958", "+442079460958")]
    [InlineData("12345678901", null)]
    [InlineData("1380013800", null)]
    [InlineData("138001380000", null)]
    [InlineData("62345678", null)]
    [InlineData("+86 123", null)]
    [InlineData("+0 123456789", null)]
    [InlineData("phone", null)]
    [InlineData("", null)]
    public void reads_telephone_numbers(string written, string? canonical) => PhoneNumber.Canonical(written).ShouldBe(canonical);

    [Fact]
    public void folds_addresses_by_case_and_width() => MatchKey.OfEmail(" Li.Lei@Example.COM ").ShouldBe(MatchKey.OfEmail("ｌｉ.lei@example.com"));
}
