using System.Collections.Immutable;
using Crm.Contracts;
using FluentValidation;

namespace Crm.Customers;

/// <summary>What a tag and its rule must look like.</summary>
internal static class TagRules
{
    /// <summary>Hues of the page.</summary>
    public static readonly string[] Colors = ["default", "blue", "green", "gold", "orange", "red", "purple", "cyan"];

    /// <summary>A condition has what its kind takes and nothing else.</summary>
    internal sealed class Condition : AbstractValidator<TagCondition>
    {
        public Condition()
        {
            RuleFor(x => x.Kind).IsInEnum();
            RuleFor(x => x.AtLeast).NotNull().GreaterThan(0).LessThanOrEqualTo(1_000_000_000_000m).When(x => Counts(x.Kind));
            RuleFor(x => x.AtLeast).Null().When(x => !Counts(x.Kind));
            RuleFor(x => x.Days).NotNull().InclusiveBetween(1, 3660).When(x => Looks(x.Kind));
            RuleFor(x => x.Days).Null().When(x => !Looks(x.Kind));
            RuleFor(x => x.Times).NotNull().GreaterThan(0).LessThanOrEqualTo(100).When(x => x.Kind == TagConditionKind.FollowUpOverdue);
            RuleFor(x => x.Times).Null().When(x => x.Kind != TagConditionKind.FollowUpOverdue);
            RuleFor(x => x.Values).NotEmpty().When(x => x.Kind == TagConditionKind.Lifecycle);
            RuleFor(x => x.Values).Null().When(x => x.Kind is TagConditionKind.WonAmount or TagConditionKind.OpenOpportunities or TagConditionKind.FollowUpOverdue);
            RuleFor(x => x.Values).Must(v => v!.Length <= 20).When(x => x.Values is not null);
            RuleForEach(x => x.Values).NotEmpty().MaximumLength(50).When(x => x.Values is not null);
            RuleForEach(x => x.Values).Must(v => v is "potential" or "intent" or "won" or "lost").When(x => x.Kind == TagConditionKind.Lifecycle && x.Values is not null);
        }
    }

    /// <summary>One to five conditions, all of which must hold.</summary>
    public static void Conditions<T>(this IRuleBuilder<T, TagCondition[]?> rule) => rule
        .Must(c => c is null or { Length: >= 1 and <= 5 }).WithErrorCode("out_of_range").WithMessage(_ => Rules.Pick("规则有 1 到 5 个条件。", "A rule has one to five conditions."))
        .ForEach(c => c.NotNull().SetValidator(new Condition()));

    /// <summary>Whether two rules ask the same.</summary>
    public static bool Same(ImmutableArray<TagCondition>? before, TagCondition[] after) =>
        before is { } known && known.Length == after.Length && known.Zip(after).All(p => p.First with { Values = null } == p.Second with { Values = null } && (p.First.Values ?? []).SequenceEqual(p.Second.Values ?? []));

    private static bool Counts(TagConditionKind kind) => kind is not (TagConditionKind.FollowUpOverdue or TagConditionKind.Lifecycle);

    private static bool Looks(TagConditionKind kind) => kind is TagConditionKind.WonAmount or TagConditionKind.TicketsOpened;
}
