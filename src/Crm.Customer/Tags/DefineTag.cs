using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Puts a tag into the catalogue. With <c>conditions</c> a rule gives it, at once and for all of the past (E13). 409 <c>tag_name_taken</c>.</summary>
/// <param name="Name">1 to 50 characters, unique.</param>
/// <param name="Dimension"><c>value need status</c>, or one of the organisation's own; 1 to 30 characters.</param>
/// <param name="Color"><c>default blue green gold orange red purple cyan</c>; <c>default</c> unless stated.</param>
/// <param name="Conditions">One to five that must all hold; null for a tag that people set.</param>
internal sealed record DefineTag(string? Name, string? Dimension, string? Color = null, TagCondition[]? Conditions = null)
{
    internal sealed class Validator : AbstractValidator<DefineTag>
    {
        public Validator()
        {
            RuleFor(x => x.Name).Tag();
            RuleFor(x => x.Dimension).NotEmpty().Line(30);
            RuleFor(x => x.Color).Must(c => c is null || TagRules.Colors.Contains(c)).WithErrorCode("unknown_value");
            RuleFor(x => x.Conditions).Conditions();
        }
    }
}

internal static class DefineTagFeature
{
    public static void Map(IEndpointRouteBuilder tags) => tags.MapCreate<DefineTag, Tag>("", Right.Create("tags"), Decide);

    public static Decision Decide(DefineTag command, Now now) => [new TagDefined(Rules.Clean(command.Name)!, Rules.Clean(command.Dimension)!, command.Color ?? "default", command.Conditions)];
}
