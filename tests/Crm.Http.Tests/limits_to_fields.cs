using System.Text.Json.Nodes;
using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

/// <summary>What is left of a record for a caller to whom fields are limited (S097).</summary>
public sealed class limits_to_fields
{
    private static RoleGrants Role(params (string Field, FieldLevel Level)[] fields) =>
        new("r", "r", [new RoleGrant("customers.view", RightScope.All)], [.. fields.Select(f => new RoleField("customers", f.Field, f.Level))]);

    [Theory]
    [InlineData("13812341234", "138****1234")]
    [InlineData("+86 138-1234-1234", "+86**********1234")]
    [InlineData("0571-87654321", "057******4321")]
    [InlineData("110101199003071234", "110***********1234")]
    [InlineData("11010119900307123X", "110***********123X")]
    [InlineData("zhang@example.com", "z***@example.com")]
    [InlineData("上海市浦东新区 1 号", "上***")]
    [InlineData("12345", "1***")]
    [InlineData("", "")]
    public void a_text_is_masked(string text, string masked) => Masking.Mask(text).ShouldBe(masked);

    [Fact]
    public void hidden_fields_are_gone_and_masked_ones_told_in_part()
    {
        var limits = FieldLimits.Of([Role(("phone", FieldLevel.Masked), ("email", FieldLevel.Hidden), ("address", FieldLevel.Read), ("contacts.phone", FieldLevel.Masked), ("custom.card", FieldLevel.Hidden), ("amount", FieldLevel.Masked))]);
        var record = JsonNode.Parse("""
            {"phone":"13812341234","email":"a@b.cn","address":"上海","amount":{"amount":5,"currency":"CNY"},"custom":{"card":"6222","size":3},
             "contacts":[{"name":"李雷","phone":"13900001111"},{"name":"韩梅梅","phone":null}]}
            """)!.AsObject();
        limits.Show("customers", record);
        record.ToJsonString(EventStore.EventSerializer.Documents).ShouldBe(
            """{"phone":"138****1234","address":"上海","amount":null,"custom":{"size":3},"contacts":[{"name":"李雷","phone":"139****1111"},{"name":"韩梅梅","phone":null}]}""");
    }

    [Fact]
    public void the_most_generous_role_that_sees_the_resource_counts()
    {
        var blind = new RoleGrants("b", "b", [new RoleGrant("tickets.view", RightScope.All)], []);
        FieldLimits.Of([Role(("phone", FieldLevel.Hidden)), Role(("phone", FieldLevel.Masked))]).Of("customers")["phone"].ShouldBe(FieldLevel.Masked);
        FieldLimits.Of([Role(("phone", FieldLevel.Hidden)), Role()]).Of("customers").ShouldBeEmpty();
        FieldLimits.Of([Role(("phone", FieldLevel.Hidden)), blind]).Of("customers")["phone"].ShouldBe(FieldLevel.Hidden);
        FieldLimits.Of([]).Of("customers").ShouldBeEmpty();
    }

    [Fact]
    public void a_command_may_not_touch_what_may_only_be_read()
    {
        var limits = FieldLimits.Of([Role(("address", FieldLevel.Read), ("contacts.phone", FieldLevel.Masked), ("custom.card", FieldLevel.Hidden))]);
        limits.Check("customers", JsonNode.Parse("""{"name":"x","custom":{"size":3}}""")!.AsObject());
        limits.Check("customers", JsonNode.Parse("""{"address":"x"}""")!.AsObject(), "contacts");
        limits.Check("tickets", JsonNode.Parse("""{"address":"x"}""")!.AsObject());
        foreach (var (body, part) in new[] { ("""{"address":null}""", null), ("""{"custom":{"card":"1"}}""", null), ("""{"phone":"1"}""", "contacts") })
        {
            var refused = Should.Throw<ProblemException>(() => limits.Check("customers", JsonNode.Parse(body)!.AsObject(), part));
            (refused.Status, refused.Code, refused.Errors.Count).ShouldBe((403, "field_forbidden", 1));
        }
    }

    [Fact]
    public void of_a_change_no_more_is_told_than_of_the_record()
    {
        var limits = FieldLimits.Of([Role(("phone", FieldLevel.Masked), ("email", FieldLevel.Hidden), ("contacts.phone", FieldLevel.Hidden))]);
        limits.Show("customers", new FieldChange("email", "a@b.cn", null)).ShouldBeNull();
        limits.Show("customers", new FieldChange("phone", "13812341234", null))!.Before!.ToString().ShouldBe("138****1234");
        limits.Show("customers", new FieldChange("contacts.1", null, JsonNode.Parse("""{"name":"李雷","phone":"1"}""")))!.After!.ToJsonString(EventStore.EventSerializer.Documents).ShouldBe("""{"name":"李雷"}""");
    }

    [Fact]
    public void a_list_is_neither_filtered_nor_sorted_by_them()
    {
        var picture = new AccessPicture([], [], [Role(("phone", FieldLevel.Masked), ("custom.card", FieldLevel.Hidden), ("name", FieldLevel.Read))], [KeyValuePair.Create("erp", "r")]);
        var map = FieldMap.Of<DealView>().Relation("buyer", FieldMap.Of<BuyerView>("buyer"), "select 1 from buyers buyer where true", "customers").For(picture.Of("erp", default), "customers");
        string Filtered(string filter) => FilterSql.Write(Filter.Parse(filter), map, new SqlParameters(), Deals.Clock);
        Filtered("name = \"x\" AND custom.size = 3");
        foreach (var filter in new[] { "phone:\"138\"", "NOT phone = null", "name = \"x\" OR custom.card = \"1\"", "buyer.phone = \"1\"" })
            Should.Throw<QueryException>(() => Filtered(filter)).Error.Code.ShouldBe("forbidden_field");
    }
}
