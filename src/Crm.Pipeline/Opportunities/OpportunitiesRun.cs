using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;

namespace Crm.Pipeline;

/// <summary>One pass over a file of opportunities, with the names of customers, users and products in memory; states are loaded batch by batch.</summary>
internal sealed class OpportunitiesRun : ImportRun
{
    private static readonly OpenOpportunity.Validator Opening = new();
    private static readonly ChangeOpportunity.Validator Change = new();
    private static readonly Guid NoCustomer = Guid.Parse("ffffffff-ffff-7fff-bfff-ffffffffffff");

    private readonly ImportSetup setup;
    private readonly PipelineChoice choice;
    private readonly Dictionary<Guid, string> products;
    private readonly Dictionary<Guid, string> customerNames;
    private readonly Dictionary<Guid, Guid?> owners;
    private readonly Dictionary<(string System, string Value), Guid> byKey;
    private readonly Dictionary<(string Name, Guid? Customer, string OpenedOn), Guid> onFile = [];
    private readonly OpportunityFacts facts;
    private readonly OpportunityFacts moving;
    private readonly Dictionary<(string Key, string Value), Guid> taken = [];
    private int closed;
    private Dictionary<Guid, Opportunity> states = [];

    public OpportunitiesRun(ImportSetup setup, PipelineChoice choice, List<(Guid Id, string Name, Guid? Owner)> customers, List<Guid> users, List<(Guid Id, string Name)> products,
        IReadOnlyDictionary<Guid, CatalogueEntry> catalogue, List<(string System, string Value, Guid Id, string Name)> keys, List<(Guid Id, string Name, Guid? Customer, string OpenedOn)> likes,
        IEnumerable<(string Key, string Value, Guid Id)> taken)
    {
        foreach (var (key, value, id) in taken) this.taken[(key, value)] = id;
        this.setup = setup;
        this.choice = choice;
        // A customer that who imports may not see is none that a row can mean.
        owners = customers.ToDictionary(c => c.Id, c => c.Owner);
        var seen = setup.Access.Rows(Right.View("customers"));
        customers = [.. customers.Where(c => seen.Holds(c.Owner))];
        this.products = products.ToDictionary(p => p.Id, p => p.Name);
        foreach (var like in likes)
            if (!setup.IsOwn(like.Id)) onFile.TryAdd((like.Name, like.Customer, like.OpenedOn), like.Id);
        customerNames = customers.ToDictionary(c => c.Id, c => c.Name);
        byKey = keys.ToDictionary(k => (k.System, k.Value), k => k.Id);
        facts = new OpportunityFacts
        {
            Pipeline = choice.Pipeline,
            Customers = customers.Select(c => c.Id).ToHashSet(),
            Users = users.ToHashSet(),
            Products = catalogue,
            Keys = keys.ToDictionary(k => (k.System, k.Value), k => (k.Id, k.Name)),
            Fields = setup.Access.Picture.Fields,
        };
        moving = facts with { Fields = FieldSettings.Empty };
    }

    public override KnownValues? Known(string field) => field switch
    {
        "customerId" => new KnownValues([.. customerNames.Values.Distinct()], Closed: true),
        "stage" => new KnownValues(StageValues(), Closed: true),
        _ => null,
    };

    public override IReadOnlyList<StreamChange> Before => choice.Before;

    public override IReadOnlyList<ImportNote> Notes
    {
        get
        {
            var notes = new List<ImportNote>();
            var stages = string.Join(" → ", choice.Pipeline.Stages.Select(s => s.Name));
            if (choice.Proposed is not null)
                notes.Add(new ImportNote("pipeline_proposed",
                    $"文件中的阶段不属于现有流程，将新建流程“{choice.Pipeline.Name}”：{stages}。也可以改选现有流程并对应各阶段。",
                    $"The stages of the file belong to no pipeline; a pipeline '{choice.Pipeline.Name}' will be made: {stages}. You may choose another pipeline and map the stages instead.",
                    setup.Values.GetValueOrDefault("stage")?.Values.Sum() ?? 0));
            else notes.Add(new ImportNote("pipeline", $"商机进入流程“{choice.Pipeline.Name}”：{stages}。", $"The opportunities go into the pipeline '{choice.Pipeline.Name}': {stages}.", 0));
            if (closed > 0)
                notes.Add(new ImportNote("closed_rows_begin", $"成交和输单的商机从阶段“{choice.Begin.Name}”开始。", $"Won and lost opportunities begin in the stage '{choice.Begin.NameEn}'.", closed));
            return notes;
        }
    }

    public override string? Key(ImportRow row) => KeyOf(row) is { } key ? $"{key.System} {key.Value}" : null;

    public override async Task LoadAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        Guid[] wanted = [.. rows.Select(r => KeyOf(r) is { } key && byKey.TryGetValue(key, out var id) ? id : (Guid?)null).OfType<Guid>()];
        states = wanted.Length == 0 ? [] : (await setup.Store.Query.FetchStreamsAsync(wanted, ct)).GroupBy(e => e.StreamId)
            .Select(g => Fold.All<Opportunity>(g)).OfType<Opportunity>().Where(o => !o.Deleted).ToDictionary(o => o.Id);
    }

    public override RowPlan Plan(ImportRow row)
    {
        var values = Read(row);
        if (row.HasErrors) return RowPlan.Error(row);
        if (values.Key is { } key && byKey.TryGetValue(key, out var id) && states.TryGetValue(id, out var state)) return Update(row, state, values);
        if (values.Key is null && onFile.TryGetValue((values.Name, values.Customer, (values.OpenedOn ?? setup.Today).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)), out var like))
            return RowPlan.Skip(row, RowMessage.Warning("possible_duplicate", "name",
                $"已有同名、同客户、同日建立的商机“{values.Name}”。", $"There is an opportunity '{values.Name}' of the same customer and day."), like);
        return Create(row, values);
    }

    private RowPlan Create(ImportRow row, Values x)
    {
        var open = x.Stage is { Kind: StageKind.Open } stage ? stage : choice.Begin;
        var isOpen = x.Stage.Kind == StageKind.Open;
        if (!isOpen) closed++;
        // The amount a deal was won for was not known when it was opened: until then it is worth its lines, if there are any.
        var expected = isOpen || x.Lines is null ? x.Amount : null;
        var command = new OpenOpportunity(
            x.Name, x.Customer, choice.Pipeline.Id, open.Code, expected, isOpen ? x.Probability : null, x.ExpectedCloseDate, x.Owner ?? setup.Options.OwnerId, x.Lines, x.Competitors, null,
            x.NextStep, x.Key is null ? null : row.ExternalKeys, row.Own("opportunities"));
        // The validator demands a customer of people; a file may name none.
        if (!row.IsValid(Opening, command with { CustomerId = x.Customer ?? NoCustomer })) return RowPlan.Error(row);
        var opened = x.OpenedOn ?? x.ClosedOn;
        var decision = OpenOpportunityFeature.Decide(command, facts, row.Now(opened));
        if (decision.Rejection is { } rejection) return RowPlan.Error(row, rejection);
        List<DatedEvent> events = [.. decision.Events.Select(e => new DatedEvent(e, opened))];
        if (!isOpen && Close(row, setup.After<Opportunity>(null, row.RecordId, events)!, x, events) is { } refused) return RowPlan.Error(row, refused);
        if ((Taken(command.Custom, row.RecordId) ?? Checked(row, null, events)) is { } held) return RowPlan.Error(row, held);
        return RowPlan.Create<Opportunity>(row, events);
    }

    private RowPlan Update(ImportRow row, Opportunity state, Values x)
    {
        if (!Holds(Right.Change("opportunities"), state)) return RowPlan.Error(row, ImportRejections.Forbidden(setup.Access.Picture.DepartmentOf(state.OwnerId)));
        if (x.Owner is { } owner && owner != state.OwnerId && !Holds(Right.Assign("opportunities"), state)) return RowPlan.Error(row, ImportRejections.NotAssignable);
        var sameProduct = x.Lines is null || (state.Lines.Length == 1 && state.Lines[0].ProductId == x.Lines[0].ProductId && (!row.Has("quantity") || state.Lines[0].Quantity == x.Lines[0].Quantity));
        var command = new ChangeOpportunity(
            row.Has("name") ? x.Name : null, x.Customer, x.Stage.Kind == StageKind.Lost ? null : x.Amount, x.Stage.Kind == StageKind.Open ? x.Probability : null, x.ExpectedCloseDate, x.Owner,
            sameProduct ? null : x.Lines, x.Competitors, null, x.NextStep, null, row.Own("opportunities"))
        {
            Cleared = [.. row.Cleared.Where(c => c is "amount" or "expectedCloseDate" or "nextStep" or "competitors" or "ownerId")],
        };
        if (!row.IsValid(Change, command)) return RowPlan.Error(row);
        List<DatedEvent> events = [];
        if (Stage(row, state, x, events) is { } refused) return RowPlan.Error(row, refused);
        var after = setup.After(state, state.Id, events)!;
        var decision = ChangeOpportunityFeature.Decide(command, after, facts, row.Now());
        if (decision.Rejection is { } rejection) return RowPlan.Error(row, rejection);
        events.AddRange(decision.Events.Select(e => new DatedEvent(e)));
        if ((Taken(command.Custom, state.Id) ?? Checked(row, state, events)) is { } held) return RowPlan.Error(row, held);
        return RowPlan.Update(row, state, events);
    }

    /// <summary>Why custom fields and rules refuse what the row makes of an opportunity, all of it together: what a stage asks for may stand in the same row.</summary>
    private Rejection? Checked(ImportRow row, Opportunity? before, List<DatedEvent> events)
    {
        var decision = OpportunityChecks.Checked(facts.Fields, before, [.. events.Select(e => e.Data)], row.Now());
        if (decision.Rejection is null) events.AddRange(decision.Events.Skip(events.Count).Select(e => new DatedEvent(e)).ToList());
        return decision.Rejection;
    }

    /// <summary>Why a value of a unique field cannot be: another opportunity on file or of an earlier row has it. It is taken by this one from then on.</summary>
    private Rejection? Taken(IReadOnlyDictionary<string, JsonElement>? custom, Guid id)
    {
        foreach (var key in facts.Fields.UniqueOf("opportunities", custom?.Where(f => f.Value.ValueKind != JsonValueKind.Null).Select(f => f.Key) ?? []) ?? [])
        {
            var place = (key, TakenValues.Hash(setup.Store.Personal, key, custom![key]));
            if (!taken.TryAdd(place, id) && taken[place] != id) return TakenValues.Fault(facts.Fields.Find("opportunities", key)!);
        }
        return null;
    }

    private bool Holds(Right right, Opportunity state) =>
        setup.Access.Rows(right) is var rows && (rows.Holds(state.OwnerId) || (state.CustomerId is { } customer && owners.GetValueOrDefault(customer) is { } above && rows.Holds(above)));

    /// <summary>Brings an opportunity on file into the row's stage, by the commands that people would give.</summary>
    private Rejection? Stage(ImportRow row, Opportunity state, Values x, List<DatedEvent> events)
    {
        if (!row.Has("stage") || state.PipelineId != choice.Pipeline.Id || state.Stage == x.Stage.Code) return null;
        if (state.StageKind != StageKind.Open)
        {
            var reopen = ReopenOpportunityFeature.Decide(new ReopenOpportunity(x.Stage.Kind == StageKind.Open ? x.Stage.Code : null), state, moving, row.Now());
            if (reopen.Rejection is { } rejection) return rejection;
            events.AddRange(reopen.Events.Select(e => new DatedEvent(e)));
            state = setup.After(state, state.Id, events)!;
        }
        if (x.Stage.Kind != StageKind.Open) return Close(row, state, x, events);
        var move = MoveOpportunityFeature.Decide(new MoveOpportunity(x.Stage.Code), state, moving, row.Now());
        events.AddRange(move.Events.Select(e => new DatedEvent(e)));
        return move.Rejection;
    }

    private Rejection? Close(ImportRow row, Opportunity state, Values x, List<DatedEvent> events)
    {
        var day = x.ClosedOn ?? x.OpenedOn;
        var decision = x.Stage.Kind == StageKind.Won
            ? WinOpportunityFeature.Decide(new WinOpportunity(x.Amount), state, moving, row.Now(day))
            : LoseOpportunityFeature.Decide(new LoseOpportunity(x.LostReason ?? "未说明 (not stated)", x.Stage.Code), state, moving, row.Now(day));
        events.AddRange(decision.Events.Select(e => new DatedEvent(e, day)));
        return decision.Rejection;
    }

    private Values Read(ImportRow row)
    {
        var customer = row.Reference("customerId");
        if (!row.Has("customerId")) row.Add(RowMessage.Warning("no_customer", "customerId", "没有写明客户，导入为无客户的商机。", "The row names no customer; it is imported without one."));
        var product = row.Reference("product");
        var stage = StageOf(row);
        // Of an open opportunity a closing date says when it is expected to close.
        var isOpen = stage.Kind == StageKind.Open;
        var (opened, closedOn, expected) = (row.PastDate("openedOn"), isOpen ? null : row.PastDate("closedOn"), row.Date("expectedCloseDate") ?? (isOpen ? row.Date("closedOn") : null));
        if (opened is null && setup.Maps("openedOn") && closedOn is null)
            row.Add(RowMessage.Info("opened_today", "openedOn", "没有建立日期，以今天为准。", "The row has no opening date; it counts as opened today."));
        if (!isOpen && closedOn is null)
            row.Add(RowMessage.Warning("closed_without_date", "closedOn", "已关闭但没有关闭日期。", "The opportunity is closed but has no closing date."));
        if (stage.Kind == StageKind.Lost && !row.Has("lostReason"))
            row.Add(RowMessage.Info("no_lost_reason", "lostReason", "没有写明输单原因，记为“未说明”。", "The row states no reason for the loss; it is recorded as not stated."));
        var amount = row.Money("amount");
        // Files state what a deal brought in: nothing, for one that was lost. That is not what it was about.
        if (stage.Kind == StageKind.Lost && amount?.Amount == 0) amount = null;
        return new Values(
            KeyOf(row), NameOf(row, customer, product), customer, row.Reference("ownerId"), stage, amount, Lines(row, product, amount), opened, closedOn, expected,
            row.Decimal("probability") is { } p ? (int)Math.Round(p) : null, row.Text("lostReason"), row.Text("nextStep"), row.List("competitors"));
    }

    /// <summary>The row's key in another system; of several the first by name.</summary>
    private static (string System, string Value)? KeyOf(ImportRow row) =>
        row.ExternalKeys?.Where(k => k.Value is not null).OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => ((string, string)?)(k.Key, k.Value!)).FirstOrDefault();

    private PipelineStage StageOf(ImportRow row)
    {
        if (row.Text("stage") is not { } value) return choice.Pipeline.First;
        if (StageWords.Find(choice.Pipeline, value) is { } stage) return stage;
        row.Add(RowMessage.Error("unknown_stage", "stage", $"流程“{choice.Pipeline.Name}”没有阶段“{value}”。", $"The pipeline '{choice.Pipeline.Name}' has no stage '{value}'."));
        return choice.Pipeline.First;
    }

    private string NameOf(ImportRow row, Guid? customer, Guid? product)
    {
        if (row.Text("name") is { } name) return name;
        string?[] parts = [customer is { } id ? customerNames[id] : null, product is { } sold ? products.GetValueOrDefault(sold) : null, customer is null || product is null ? KeyOf(row)?.Value : null];
        var made = string.Join(" · ", parts.OfType<string>());
        if (made.Length == 0) row.Add(RowMessage.Error("required", "name", "没有名称，也没有可以代替的客户、产品或编号。", "There is no name, and no customer, product or key to take its place."));
        return made.Length > 200 ? made[..200] : made;
    }

    private LineInput[]? Lines(ImportRow row, Guid? product, Money? amount)
    {
        if (product is not { } id) return null;
        var quantity = row.Decimal("quantity") ?? 1;
        var priced = facts.Products.TryGetValue(id, out var entry) && entry.UnitPrice is { } price && (amount is null || amount.Currency == price.Currency);
        var own = amount is null ? new Money(0, setup.Currency) : amount with { Amount = quantity > 0 ? decimal.Round(amount.Amount / quantity, 6) : 0 };
        return [new LineInput(id, quantity, priced ? null : own)];
    }

    private string[] StageValues() =>
    [
        .. choice.Pipeline.Stages.SelectMany(s => new[] { s.Name, s.NameEn, s.Code }),
        .. setup.Values.GetValueOrDefault("stage")?.Keys.Where(v => StageWords.Find(choice.Pipeline, v) is not null) ?? [],
    ];

    private sealed record Values(
        (string System, string Value)? Key, string Name, Guid? Customer, Guid? Owner, PipelineStage Stage, Money? Amount, LineInput[]? Lines, DateOnly? OpenedOn, DateOnly? ClosedOn, DateOnly? ExpectedCloseDate,
        int? Probability, string? LostReason, string? NextStep, string[]? Competitors);
}
