using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Renames a tag, shows it elsewhere or changes its rule. Customers have it by the new name, in the past as well; a new rule fills all of the past (E13).
/// 409 <c>tag_name_taken</c>; 409 <c>hand_tag</c> for a rule of a tag that people set.
/// </summary>
/// <param name="Name">1 to 50 characters, unique.</param>
/// <param name="Dimension">1 to 30 characters.</param>
/// <param name="Color"><c>default blue green gold orange red purple cyan</c>.</param>
/// <param name="Conditions">One to five that must all hold.</param>
internal sealed record ChangeTag(string? Name = null, string? Dimension = null, string? Color = null, TagCondition[]? Conditions = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeTag>
    {
        public Validator()
        {
            RuleFor(x => x.Name).Tag().When(x => x.Name is not null);
            RuleFor(x => x.Dimension).NotEmpty().Line(30).When(x => x.Dimension is not null);
            RuleFor(x => x.Color).Must(c => c is null || TagRules.Colors.Contains(c)).WithErrorCode("unknown_value");
            RuleFor(x => x.Conditions).Conditions();
            RuleForEach(x => x.Cleared).Must(_ => false).WithErrorCode("required");
        }
    }
}

internal static class ChangeTagFeature
{
    public static void Map(IEndpointRouteBuilder tags) => tags.MapPatch<ChangeTag, Tag>("{id:guid}", Right.Change("tags"), Decide);

    public static Decision Decide(ChangeTag command, Tag tag, Now now)
    {
        if (tag.Retired) return TagErrors.Retired;
        if (command.Conditions is not null && !tag.Computed) return TagErrors.NoRule;
        var (name, dimension) = (Rules.Clean(command.Name) ?? tag.Name, Rules.Clean(command.Dimension) ?? tag.Dimension);
        var color = command.Color ?? tag.Color;
        return
        [
            .. name == tag.Name ? (object[])[] : [new TagRenamed(tag.Name, name)],
            .. dimension == tag.Dimension && color == tag.Color ? (object[])[]
                : [new TagMoved(dimension == tag.Dimension ? null : dimension, color == tag.Color ? null : color)],
            .. command.Conditions is not { } conditions || TagRules.Same(tag.Conditions, conditions) ? (object[])[] : [new TagRuleChanged(conditions)],
        ];
    }
}
