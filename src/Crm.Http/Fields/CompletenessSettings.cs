using System.Collections.Immutable;
using System.Security.Cryptography;
using Crm.Contracts;
using Crm.EventStore;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>What counts for the completeness of a customer's file (S028, S029), where the organisation settled it.</summary>
public sealed record CompletenessSettings : Document, IAggregate<CompletenessSettings>
{
    /// <summary>The one stream.</summary>
    public static readonly Guid Stream = new(SHA256.HashData("completeness"u8).AsSpan(0, 16));

    /// <summary>What counts of a company: places such as <c>reachable</c>, and <c>custom.x</c>.</summary>
    public ImmutableArray<string> Company { get; init; } = [];

    /// <summary>What counts of a person.</summary>
    public ImmutableArray<string> Person { get; init; } = [];

    /// <summary>The score that is aimed at, 0 to 1.</summary>
    public decimal Target { get; init; }

    /// <inheritdoc />
    public static CompletenessSettings? Evolve(CompletenessSettings? state, Event e) => e.Data is CompletenessDefined x
        ? (state ?? new()) with { Company = [.. x.Company], Person = [.. x.Person], Target = x.Target } : state;
}

/// <summary>The settings, written with the event.</summary>
internal sealed class CompletenessDocuments : DocumentProjection<CompletenessSettings>
{
    public override string Table => "http.completeness";

    public override bool KeepsStates => false;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CompletenessDefined)];
}

/// <summary>Settles what counts for completeness; the scores of all customers follow at once.</summary>
/// <param name="Company">1 to 30 of the places of <see cref="CompletenessView"/> and custom fields of customers as <c>custom.x</c>.</param>
/// <param name="Person">The same of persons.</param>
/// <param name="Target">The score that is aimed at, above 0 to 1.</param>
internal sealed record DefineCompleteness(string[]? Company, string[]? Person, decimal? Target)
{
    internal sealed class Validator : AbstractValidator<DefineCompleteness>
    {
        public Validator()
        {
            RuleFor(x => x.Company).Must(Several).WithErrorCode("invalid_value").WithMessage(_ => CustomFieldForm.Text("应有 1 到 30 项，不重复。", "There are 1 to 30, each once."));
            RuleFor(x => x.Person).Must(Several).WithErrorCode("invalid_value").WithMessage(_ => CustomFieldForm.Text("应有 1 到 30 项，不重复。", "There are 1 to 30, each once."));
            RuleFor(x => x.Target).NotNull().GreaterThan(0).LessThanOrEqualTo(1);
        }

        private static bool Several(string[]? fields) => fields is { Length: > 0 and <= 30 } && fields.Distinct().Count() == fields.Length;
    }
}

/// <summary>What counts, and what could.</summary>
/// <param name="Company">What counts of a company.</param>
/// <param name="Person">What counts of a person.</param>
/// <param name="Target">The score that is aimed at, 0 to 1.</param>
/// <param name="Places">What can be counted beside custom fields.</param>
/// <param name="BuiltIn">Whether nothing was settled yet, so that the built-in choice counts.</param>
internal sealed record CompletenessView(IReadOnlyList<string> Company, IReadOnlyList<string> Person, decimal Target, IReadOnlyList<string> Places, bool BuiltIn);

/// <summary><c>GET</c> and <c>PUT /completeness-settings</c>.</summary>
public static class CompletenessFeature
{
    /// <summary>What can be counted beside custom fields: a name, a current contact, the position of one, some way to reach the customer, and fields of the file.</summary>
    public static readonly string[] Places = ["name", "contact", "position", "reachable", "phone", "email", "address", "website", "industry", "size", "source", "tier", "needs", "owner"];

    /// <summary>What counts of a company while nothing was settled.</summary>
    public static readonly string[] OfCompany = ["name", "contact", "position", "reachable", "address", "industry", "size", "needs"];

    /// <summary>What counts of a person while nothing was settled.</summary>
    public static readonly string[] OfPerson = ["name", "reachable", "address", "needs"];

    /// <summary>S028: 90 %.</summary>
    public const decimal Target = 0.9m;

    internal static void Map(IEndpointRouteBuilder settings)
    {
        settings.MapGet("", (HttpContext http) => View(Access.Of(http).Picture.Fields.Completeness)).Requires(Right.View("customers")).WithName("GetCompletenessSettings").ProducesProblem(401).ProducesProblem(403);
        settings.MapOperation<DefineCompleteness>("", Right.Change("custom-fields"), 200, async (command, session, scope) =>
        {
            var stream = await session.FetchForWriting<CompletenessSettings>(CompletenessSettings.Stream, scope.Aborted);
            var decision = Decide(command, stream.Aggregate, Access.Of(scope.Http).Picture.Fields);
            if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
            stream.AppendMany(decision.Events);
            return View(Fold.All(session.Pending(CompletenessSettings.Stream), stream.Aggregate));
        }, "PUT").Produces<CompletenessView>();
    }

    internal static Decision Decide(DefineCompleteness command, CompletenessSettings? before, FieldSettings known)
    {
        foreach (var (name, counted) in new[] { ("company", command.Company!), ("person", command.Person!) })
            if (counted.FirstOrDefault(f => !Places.Contains(f) && !(f.StartsWith("custom.", StringComparison.Ordinal) && known.Find("customers", f["custom.".Length..]) is not null)) is { } unknown)
                return CustomFieldForm.Invalid(name, "unknown_field", $"没有字段“{unknown}”。", $"There is no field '{unknown}'.");
        return before is not null && before.Company.SequenceEqual(command.Company!) && before.Person.SequenceEqual(command.Person!) && before.Target == command.Target
            ? Decision.Nothing : [new CompletenessDefined(command.Company!, command.Person!, command.Target!.Value)];
    }

    private static CompletenessView View(CompletenessSettings? x) => x is null ? new(OfCompany, OfPerson, Target, Places, true) : new(x.Company, x.Person, x.Target, Places, false);
}
