using System.Reflection;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Crm.Host;

/// <summary>
/// Makes the description tell what is always there: members that are never null are required (unless a caller may leave them out), and the names
/// and momentary facts that an answer adds to the stored record are listed with it.
/// </summary>
internal sealed class SchemaShape : ISchemaFilter
{
    private static readonly Dictionary<string, (string Name, JsonSchemaType Type)[]> Added = new()
    {
        ["Customer"] = [("missing", Codes), ("ownerName", Text), ("parentName", Text), ("createdByName", Text), ("tierSource", JsonSchemaType.String), ("computedTags", JsonSchemaType.Array), ("dueAt", Text), ("dueReason", Text), ("dueRule", Text), ("dueDays", Whole), ("recordMoves", JsonSchemaType.Array), ("may", Codes)],
        ["Tag"] = [("computing", JsonSchemaType.Boolean), ("customersDone", Whole), ("customersTotal", Whole), ("remainingSeconds", Whole)],
        ["TaskItem"] = [("assigneeName", Text), ("createdByName", Text), ("customerName", Text), ("may", Codes)],
        ["Department"] = [("parentName", Text), ("memberCount", JsonSchemaType.Integer)],
        ["FollowUp"] = [("authorName", Text)],
        ["FollowUpPlan"] = [("ownerName", Text)],
        ["TimelineItem"] = [("actorName", Text)],
        ["Opportunity"] =
        [
            ("customerName", Text), ("ownerName", Text), ("pipelineName", Text), ("stageName", JsonSchemaType.String), ("closed", JsonSchemaType.Boolean), ("daysInStage", Whole), ("may", Codes),
        ],
        ["LineItem"] = [("productName", Text)],
        ["OpportunityReview"] = [("byName", Text)],
        ["Ticket"] =
        [
            ("assigneeName", Text), ("customerName", Text), ("contactName", Text), ("createdByName", Text), ("overdue", JsonSchemaType.Boolean), ("breached", JsonSchemaType.Boolean), ("may", Codes),
        ],
        ["Clock"] = [("state", JsonSchemaType.String), ("elapsedMinutes", JsonSchemaType.Integer)],
        ["ClockSegment"] = [("minutes", JsonSchemaType.Integer), ("state", JsonSchemaType.String)],
        ["TicketAnswer"] = [("authorName", Text)],
        ["Export"] =
        [
            ("createdByName", Text), ("written", JsonSchemaType.Integer), ("progress", JsonSchemaType.Number), ("remainingSeconds", Whole), ("available", JsonSchemaType.Boolean), ("may", Codes),
        ],
        ["User"] = [("standInId", Text), ("standInName", Text), ("standInUntil", Text)],
        ["TeamMember"] = [("displayName", Text)],
        ["Import"] = [("createdByName", Text), ("progress", JsonSchemaType.Number), ("remainingSeconds", Whole)],
    };

    private const JsonSchemaType Text = JsonSchemaType.String | JsonSchemaType.Null;
    /// <summary>Actions allowed on a record; the rows of a list do not tell.</summary>
    private const JsonSchemaType Codes = JsonSchemaType.Array | JsonSchemaType.Null;
    private const JsonSchemaType Whole = JsonSchemaType.Integer | JsonSchemaType.Null;

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (context.Type.Namespace?.StartsWith("Crm", StringComparison.Ordinal) != true || schema is not OpenApiSchema { Properties: { Count: > 0 } properties } described) return;
        foreach (var (name, type) in Added.GetValueOrDefault(context.Type.Name, []))
            properties.TryAdd(name, new OpenApiSchema { Type = type, ReadOnly = true, Items = type == Codes ? new OpenApiSchema { Type = JsonSchemaType.String } : null });
        var optional = context.Type.GetConstructors().SelectMany(c => c.GetParameters()).Where(p => p.HasDefaultValue).Select(p => p.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var members = context.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        var nullability = new NullabilityInfoContext();
        described.Required = properties.Keys
            .Where(name => !optional.Contains(name) && !(members.TryGetValue(name, out var member) ? IsNullable(member) : properties[name].Type?.HasFlag(JsonSchemaType.Null) ?? true))
            .ToHashSet();

        bool IsNullable(PropertyInfo member) =>
            Nullable.GetUnderlyingType(member.PropertyType) is not null || (!member.PropertyType.IsValueType && nullability.Create(member).ReadState != NullabilityState.NotNull);
    }
}
