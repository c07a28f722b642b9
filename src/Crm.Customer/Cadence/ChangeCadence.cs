using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Decides how often customers are followed up (S040–S043, X4), for all of them at once. Rules that are not named stay. Administrators only.</summary>
/// <param name="Potential">潜在客户: days from one follow-up to the next, 1 to 366.</param>
/// <param name="Intent">意向客户: the same.</param>
/// <param name="Won">成交客户: the same.</param>
/// <param name="Lost">流失客户: the same.</param>
/// <param name="Tiers">Value tiers <c>A B C D</c> with a rule of their own, all of them: one that is not named has none from then on.</param>
internal sealed record ChangeCadence(int? Potential, int? Intent, int? Won, int? Lost, IReadOnlyDictionary<string, int>? Tiers)
{
    internal sealed class Validator : AbstractValidator<ChangeCadence>
    {
        public Validator()
        {
            RuleFor(x => x.Potential).InclusiveBetween(1, 366);
            RuleFor(x => x.Intent).InclusiveBetween(1, 366);
            RuleFor(x => x.Won).InclusiveBetween(1, 366);
            RuleFor(x => x.Lost).InclusiveBetween(1, 366);
            RuleFor(x => x.Tiers).Must(t => t is null || t.All(rule => rule.Key is "A" or "B" or "C" or "D" && rule.Value is >= 1 and <= 366))
                .WithErrorCode("out_of_range").WithMessage(_ => Rules.Pick("等级为 A、B、C、D，天数为 1 到 366。", "Tiers are A, B, C and D, days 1 to 366."));
        }
    }
}

/// <summary>How often customers are followed up, as shown.</summary>
/// <param name="Potential">潜在客户, in days.</param>
/// <param name="Intent">意向客户, in days.</param>
/// <param name="Won">成交客户, in days.</param>
/// <param name="Lost">流失客户, in days.</param>
/// <param name="Tiers">Value tiers with a rule of their own, in days.</param>
internal sealed record CadenceView(int Potential, int Intent, int Won, int Lost, IReadOnlyDictionary<string, int> Tiers)
{
    public static CadenceView Of(CadenceSettings settings) => new(settings.Potential, settings.Intent, settings.Won, settings.Lost, settings.Tiers);
}

internal static class ChangeCadenceFeature
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var cadence = api.MapGroup("cadence").WithTags("cadence");
        cadence.MapGet("", async (DocumentStore store, CancellationToken ct) => CadenceView.Of(await CadenceSettings.ReadAsync(store, ct)))
            .Requires(Right.View("customers")).WithName("GetCadence").Produces<CadenceView>().ProducesProblem(401).ProducesProblem(403);
        cadence.MapOperation<ChangeCadence>("", Right.Change("users"), 200, async (command, session, scope) =>
        {
            var stream = await session.FetchForWriting<CadenceSettings>(CadenceSettings.Stream, scope.Aborted);
            scope.Service<KnownCadence>().Forget();
            stream.AppendMany(Decide(command, stream.Aggregate ?? CadenceSettings.Default).Events);
            return CadenceView.Of(Fold.All(session.Pending(CadenceSettings.Stream), stream.Aggregate) ?? CadenceSettings.Default);
        }, "PUT").Produces<CadenceView>();
    }

    public static Decision Decide(ChangeCadence command, CadenceSettings settings)
    {
        var changed = new CadenceChanged(command.Potential ?? settings.Potential, command.Intent ?? settings.Intent, command.Won ?? settings.Won, command.Lost ?? settings.Lost, command.Tiers ?? settings.Tiers);
        var after = CadenceSettings.Of(changed, settings);
        return after with { Tiers = settings.Tiers } == settings && after.Tiers.SequenceEqual(settings.Tiers) ? Decision.Nothing : [changed];
    }
}
