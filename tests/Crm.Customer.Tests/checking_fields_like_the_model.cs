using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Four fields that depend on one another, and every change there can be between their values: what is refused and what is emptied, against a model of a few lines.</summary>
public sealed class checking_fields_like_the_model
{
    private static readonly Dictionary<string, object?[]> Values = new()
    {
        ["a"] = [null, "x", "y", "z", 5], ["b"] = [null, "go", "stop", "", 3], ["c"] = [null, true, "true"], ["d"] = [null, 5, 11, "5"],
    };

    private static readonly CustomField[] Fields =
    [
        Field("a", CustomFieldType.Choice) with { Choices = [new("x", "甲", "X"), new("y", "乙", "Y")] },
        Field("b", CustomFieldType.Text) with { Required = true, VisibleWhen = new("custom.a", ["x"]) },
        Field("c", CustomFieldType.Boolean) with { VisibleWhen = new("custom.b", ["go"]) },
        Field("d", CustomFieldType.Number) with { Required = true, Min = 0, Max = 10 },
    ];

    [Fact]
    public void refuses_and_empties_exactly_what_the_model_says()
    {
        var states = States().ToList();
        var (refused, emptied) = (0, 0);
        foreach (var before in states.Cast<Dictionary<string, JsonElement>?>().Prepend(null))
            foreach (var after in states)
            {
                var check = CustomFieldValues.Check(Fields, before, after, _ => null, _ => null);
                (check.Fault is not null).ShouldBe(IsRefused(before, after), $"{JsonSerializer.Serialize(before)} → {JsonSerializer.Serialize(after)}: {check.Fault?.En}");
                if (check.Fault is not null) refused++;
                else
                {
                    check.Hidden.Order().ShouldBe(Fields.Select(f => f.Key).Where(k => before is not null && Has(after, k) && !Visible(k, after) && Visible(k, before)).Order());
                    emptied += check.Hidden.Count;
                }
            }
        // Both happen, and neither always.
        refused.ShouldBeInRange(1000, states.Count * states.Count);
        emptied.ShouldBeGreaterThan(10);
    }

    private static bool IsRefused(Dictionary<string, JsonElement>? before, Dictionary<string, JsonElement> after)
    {
        foreach (var field in Fields)
        {
            var (had, has) = (before is not null && Has(before, field.Key), Has(after, field.Key));
            var changed = after.TryGetValue(field.Key, out var value) && !(before is not null && before.TryGetValue(field.Key, out var old) && JsonElement.DeepEquals(old, value));
            if (changed && !Fits(field.Key, value)) return true;
            if (changed && has && !Visible(field.Key, after)) return true;
            var appeared = before is null || (field.VisibleWhen is not null && !Visible(field.Key, before));
            if (field.Required && Visible(field.Key, after) && !has && (appeared || had)) return true;
        }
        return false;
    }

    private static bool Visible(string key, Dictionary<string, JsonElement> state) => key switch
    {
        "b" => Is(state, "a", "x"),
        "c" => Is(state, "a", "x") && Is(state, "b", "go"),
        _ => true,
    };

    private static bool Fits(string key, JsonElement value) => key switch
    {
        "a" => value.ValueKind == JsonValueKind.String && value.GetString() is "x" or "y",
        "b" => value.ValueKind == JsonValueKind.String,
        "c" => value.ValueKind == JsonValueKind.True,
        _ => value.ValueKind == JsonValueKind.Number && value.GetInt32() <= 10,
    };

    private static bool Is(Dictionary<string, JsonElement> state, string key, string text) => state.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() == text;

    private static bool Has(Dictionary<string, JsonElement> state, string key) => state.ContainsKey(key) && !Is(state, key, "");

    private static IEnumerable<Dictionary<string, JsonElement>> States() =>
        from a in Values["a"]
        from b in Values["b"]
        from c in Values["c"]
        from d in Values["d"]
        select new Dictionary<string, object?> { ["a"] = a, ["b"] = b, ["c"] = c, ["d"] = d }.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => JsonSerializer.SerializeToElement(v.Value));

    private static CustomField Field(string key, CustomFieldType type) => new() { Target = "customers", Key = key, Type = type, Zh = key, En = key };
}
