using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using Dapper;

namespace Crm.Customers;

/// <summary>
/// One pass over a file of customers. Whom its rows may mean is asked batch by batch; of the rows before only what they are known by is in memory.
/// </summary>
internal sealed class CustomersRun : ImportRun
{
    private const int MostAncestors = 30;
    private static readonly RegisterCustomer.Validator Registration = new();
    private static readonly ChangeCustomer.Validator Change = new();

    private readonly ImportSetup setup;
    private readonly Dictionary<Guid, Guid> parents;
    private readonly ContactsOfRow contacts;
    private readonly RowReach seen;

    /// <summary>The rows before this one that became customers, by match keys, names and keys in other systems.</summary>
    private readonly RowIndex planned = new();
    private ILookup<(string Reason, string Key), OnFile> onFile = Array.Empty<OnFile>().ToLookup(_ => ("", ""));
    private Dictionary<(string System, string Value), Guid> byKey = [];
    private readonly Dictionary<(string Key, string Value), Guid> taken = [];
    private Dictionary<Guid, Customer> states = [];
    private ILookup<string, Guid> named = Array.Empty<Guid>().ToLookup(_ => "");

    /// <summary>A customer that has a match key.</summary>
    private sealed record OnFile(string Reason, string Key, Guid Id, string Name, Guid? OwnerId);

    public CustomersRun(ImportSetup setup, IEnumerable<(Guid Id, Guid Parent)> parents, IEnumerable<(string Key, string Value, Guid Id)> taken)
    {
        foreach (var (key, value, id) in taken) this.taken[(key, value)] = id;
        this.setup = setup;
        seen = setup.Access.Rows(Right.View("customers"));
        this.parents = parents.ToDictionary(p => p.Id, p => p.Parent);
        contacts = new ContactsOfRow(setup);
    }

    public override KnownValues? Known(string field) => field switch
    {
        "industry" => new KnownValues(Industries.Names.ToList(), Closed: false),
        _ => null,
    };

    public override string? Key(ImportRow row)
    {
        if (setup.Match.Count > 0) return setup.Match.Select(m => KeyText(row, m)).FirstOrDefault(k => k is not null);
        if (KeyText(row, "crmId") is { } id) return id;
        if (KeyText(row, "externalKeys") is { } key) return key;
        if (row.Text("name") is not { } name) return null;
        var contact = KindOf(row) == CustomerKind.Person ? $" {MatchKey.OfPhone(row.Text("phone"))?.Key} {MatchKey.OfEmail(row.Text("email"))?.Key}" : "";
        return $"{KindOf(row)} {name.Trim().ToUpperInvariant()}{contact}";
    }

    private ReferenceFacts Facts => new(null) { Fields = setup.Access.Picture.Fields };

    public override bool HasLinks => setup.Maps("parentId");

    public override async Task LoadAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        await using var connection = await setup.Store.DataSource.OpenConnectionAsync(ct);
        await FindAsync(connection, [.. rows.SelectMany(Keys)], ct);
        var keys = rows.SelectMany(r => r.ExternalKeys ?? new Dictionary<string, string?>()).Where(k => k.Value is not null).Distinct().ToList();
        byKey = keys.Count == 0 ? [] : (await connection.QueryAsync<(string System, string Value, Guid Id)>(new CommandDefinition("""
            select e.system, e.value, coalesce(e.merged_into, e.customer_id) from unnest(@systems, @values) as n(system, value)
              join customer.external_keys e on e.system = n.system and e.value = n.value and (e.live or e.merged_into is not null)
            order by not e.live, e.twin
            """, new { systems = keys.Select(k => k.Key).ToArray(), values = keys.Select(k => k.Value).ToArray() }, cancellationToken: ct)))
            .GroupBy(k => (k.System, k.Value)).ToDictionary(g => g.Key, g => g.First().Id);
        await LoadStatesAsync(rows.SelectMany(r => Meant(r).SelectMany(m => m.Ids)).Where(id => !setup.IsOwn(id)), ct);
    }

    public override RowPlan Plan(ImportRow row)
    {
        var owner = row.Reference("ownerId");
        var (by, same) = Same(row);
        if (same.Count > 1) return RowPlan.Skip(row, Ambiguous(row, by, same.Count));
        if (same.Count == 1 && !setup.Access.Rows(Right.Change("customers")).Holds(same[0].OwnerId))
            return RowPlan.Error(row, ImportRejections.Forbidden(setup.Access.Picture.DepartmentOf(same[0].OwnerId)));
        if (TakenKey(row, same.Count == 1 ? same[0].Id : null) is { } taken)
            row.Add(RowMessage.Error("external_key_taken", $"externalKeys.{taken.Key}", $"另一客户已使用外部编号 {taken.Key}: {taken.Value}。", $"Another customer has the key {taken.Key}: {taken.Value}."));
        if (row.HasErrors) return RowPlan.Error(row);
        return same.Count == 1 ? Update(row, same[0], owner, by) : Create(row, owner);
    }

    public override bool NeedsLink(ImportRow row) => row.Has("parentId");

    public override async Task LoadLinksAsync(IReadOnlyList<(ImportRow Row, Guid Record)> rows, CancellationToken ct)
    {
        string[] texts = [.. rows.Select(r => r.Row.Text("parentId")?.Trim()).OfType<string>().Distinct()];
        named = Referred.Meant(await new CustomerReferences(setup.Store).FindAsync(texts, setup.Systems, setup.Access, ct));
        await LoadStatesAsync(rows.Select(r => r.Record), ct);
    }

    public override RowPlan Link(ImportRow row, Guid recordId)
    {
        var name = row.Text("parentId")!.Trim();
        var found = Called(name);
        if (found.Count != 1)
            return RowPlan.Skip(row, found.Count < 2
                ? RowMessage.Warning("unknown_parent", "parentId", $"没有叫“{name}”的上级客户，导入时不设上级。请填写上级客户的完整名称、外部编号或 CRM 编号。", $"There is no customer '{name}'; the row is imported without a parent. Give the parent's exact name, its key in another system or its CRM id.")
                : RowMessage.Warning("ambiguous_parent", "parentId", $"有 {found.Count} 个客户叫“{name}”，导入时不设上级。请改填上级客户的外部编号或 CRM 编号。", $"{found.Count} customers are called '{name}'; the row is imported without a parent. Give the parent's key in another system or its CRM id."), recordId);
        var parent = found[0];
        if (IsAncestor(recordId, parent))
            return RowPlan.Skip(row, RowMessage.Warning(CustomerErrors.ParentCycle.Code, "parentId", CustomerErrors.ParentCycle.Zh, CustomerErrors.ParentCycle.En), recordId);
        parents[recordId] = parent;
        // In a dry run a record that the row would create is not there yet; that it can be linked is all there is to know.
        if (!states.TryGetValue(recordId, out var customer)) return RowPlan.Update<Customer>(row, recordId, 1);
        var decision = ChangeCustomerFeature.Decide(new ChangeCustomer { ParentId = parent }, customer, new ReferenceFacts(null), row.Now());
        return decision.Rejection is { } rejection
            ? RowPlan.Skip(row, RowMessage.Warning(rejection.Code, "parentId", rejection.Zh, rejection.En), recordId)
            : RowPlan.Update(row, customer, [.. decision.Events.Select(e => new DatedEvent(e))]);
    }

    private RowPlan Update(ImportRow row, Customer customer, Guid? owner, string by)
    {
        var command = Fields(row, new ChangeCustomer()) with
        {
            // Found by its name, the customer keeps its way of writing it.
            Name = by == "name" ? null : row.Text("name"),
            Kind = row.Has("kind") ? KindOf(row) : null,
            OwnerId = owner,
            // What a customer always has is not emptied.
            Cleared = [.. row.Cleared.Where(c => c is not ("kind" or "lifecycle" or "crmId") && !c.Contains('.', StringComparison.Ordinal))],
        };
        if (!row.IsValid(Change, command)) return RowPlan.Error(row);
        var decision = ChangeCustomerFeature.Decide(command, customer, Facts, row.Now());
        if (owner is not null && owner != customer.OwnerId && !setup.Access.Rows(Right.Assign("customers")).Holds(customer.OwnerId)) return RowPlan.Error(row, ImportRejections.NotAssignable);
        if (decision.Rejection is { } rejection) return RowPlan.Error(row, rejection);
        if (Taken(command, customer.Id) is { } held) return RowPlan.Error(row, held);
        List<DatedEvent> events = [.. decision.Events.Select(e => new DatedEvent(e))];
        return contacts.Add(row, customer, events) ? RowPlan.Update(row, customer, events) : RowPlan.Error(row);
    }

    private RowPlan Create(ImportRow row, Guid? owner)
    {
        if (row.Has("crmId"))
        {
            row.Add(RowMessage.Error("unknown_customer", "crmId", "没有这个 CRM 编号的客户。", "There is no customer with this CRM id."));
            return RowPlan.Error(row);
        }
        if (setup.Options.Mode == ImportMode.UpdateOnly) return RowPlan.Create<Customer>(row);
        var command = Fields(row, new RegisterCustomer()) with { OwnerId = owner ?? setup.Options.OwnerId ?? (seen.IsAll ? null : setup.Access.UserId) };
        if (!row.IsValid(Registration, command)) return RowPlan.Error(row);
        var (likely, first) = Likely(command);
        if (likely.Count > 0)
        {
            var (zh, en) = Word(likely[0], first);
            var message = RowMessage.Warning("possible_duplicate", "name", $"可能与已有客户重复：{zh}。", $"This may be a customer on file: {en}.");
            if (setup.Options.Duplicates == LikelyDuplicates.Skip) return RowPlan.Skip(row, message, likely[0].Id);
            row.Add(message);
        }
        var decision = RegisterCustomerFeature.Decide(command, new RegistrationFacts(likely, true, Facts), row.Now());
        if (decision.Rejection is { } rejection) return RowPlan.Error(row, rejection);
        if (Taken(command, row.RecordId) is { } held) return RowPlan.Error(row, held);
        List<DatedEvent> events = [.. decision.Events.Select(e => new DatedEvent(e))];
        if (!contacts.Add(row, null, events)) return RowPlan.Error(row);
        Remember(row, command);
        return RowPlan.Create<Customer>(row, events);
    }

    /// <summary>Why a value of a unique field cannot be: another customer on file or of an earlier row has it. It is taken by this one from then on.</summary>
    private Rejection? Taken(CustomerFields fields, Guid id)
    {
        var settings = setup.Access.Picture.Fields;
        foreach (var key in settings.UniqueOf("customers", fields.Custom?.Keys ?? []) ?? [])
        {
            if (fields.Custom![key].ValueKind == JsonValueKind.Null) continue;
            var place = (key, UniqueValues.Hash(setup.Store.Personal, key, fields.Custom[key]));
            if (!taken.TryAdd(place, id) && taken[place] != id)
                return new Rejection("custom_value_taken", $"“{settings.Find("customers", key)!.Zh}”的这个值已属于另一个客户。", $"Another customer has this value of '{settings.Find("customers", key)!.En}'.", 409, "custom." + key);
        }
        return null;
    }

    private void Remember(ImportRow row, RegisterCustomer command)
    {
        foreach (var key in command.MatchKeys()) planned.TryAdd($"{key.Reason} {key.Key}", row.Number, out _);
        foreach (var (system, value) in row.ExternalKeys ?? new Dictionary<string, string?>()) planned.TryAdd($"key {system} {value}", row.Number, out _);
        if (setup.Maps("parentId")) planned.TryAdd("called " + NameIndex.Fold(command.Name!), row.Number, out _);
    }

    /// <summary>What a row may be found by, for the look-up of the batch.</summary>
    private static IEnumerable<MatchKey> Keys(ImportRow row) =>
        new[] { MatchKey.OfName(row.Text("name")), MatchKey.OfName(row.Text("shortName")), MatchKey.OfPhone(row.Text("phone")), MatchKey.OfEmail(row.Text("email")) }.OfType<MatchKey>();

    /// <summary>A row's value for one key, as two rows are compared; null if it has none.</summary>
    private static string? KeyText(ImportRow row, string by) => by switch
    {
        "crmId" => row.Text("crmId") is { } id ? "crmId " + id.Trim().ToLowerInvariant() : null,
        "externalKeys" => row.ExternalKeys?.Where(k => k.Value is not null).OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"key {k.Key} {k.Value}").FirstOrDefault(),
        "name" => Rules.Clean(row.Text("name")) is { } name ? $"name {name.ToUpperInvariant()}" : null,
        "phone" => MatchKey.OfPhone(row.Text("phone")) is { } phone ? $"phone {phone.Key}" : null,
        _ => MatchKey.OfEmail(row.Text("email")) is { } email ? $"email {email.Key}" : null,
    };

    /// <summary>The customers a row may mean, by each key that counts and in that order.</summary>
    private IEnumerable<(string By, IEnumerable<Guid> Ids)> Meant(ImportRow row) => (setup.Match.Count > 0 ? setup.Match : ["crmId", "externalKeys", "name"]).Select(by => (by, by switch
    {
        "crmId" => Guid.TryParse(row.Text("crmId"), out var id) ? [id] : [],
        "externalKeys" => Keyed(row),
        "name" => Named(row.Text("name")),
        "phone" => Having(MatchKey.OfPhone(row.Text("phone"))),
        _ => Having(MatchKey.OfEmail(row.Text("email"))),
    }));

    /// <summary>The customers on file that the row means, and by what they were found.</summary>
    private (string By, List<Customer> Found) Same(ImportRow row)
    {
        foreach (var (by, ids) in Meant(row))
        {
            var found = ids.Distinct().Select(id => states.GetValueOrDefault(id)).OfType<Customer>();
            if (by == "name" && setup.Match.Count == 0)
            {
                // Without a choice a name alone is enough for a company only, and not against another key.
                var hasKey = row.ExternalKeys;
                found = found.Where(c => c.Kind == KindOf(row) && !(hasKey?.Any(k => k.Value is not null && c.ExternalKeys.ContainsKey(k.Key)) ?? false)).Where(c => c.Kind == CustomerKind.Company || IsSamePerson(row, c));
            }
            else if (by == "name" && row.Has("kind")) found = found.Where(c => c.Kind == KindOf(row));
            if (found.ToList() is { Count: > 0 } list) return (by, list);
            // Whoever names a record by its id here means that one or none.
            if (by == "crmId" && row.Has(by)) break;
        }
        return ("", []);
    }

    private RowMessage Ambiguous(ImportRow row, string by, int count)
    {
        if (by == "name")
            return RowMessage.Warning("ambiguous_customer", "name",
                $"有 {count} 个客户叫“{row.Text("name")}”，无法确定是哪一个。", $"{count} customers are called '{row.Text("name")}'; which one is meant cannot be told.");
        var (zh, en) = by switch { "phone" => ("电话", "telephone number"), "email" => ("邮箱", "e-mail address"), _ => ("外部编号", "external key") };
        return RowMessage.Warning("ambiguous_customer", by, $"有 {count} 个客户的{zh}与此行相同，无法确定是哪一个。", $"{count} customers have this {en}; which one is meant cannot be told.");
    }

    private static bool IsSamePerson(ImportRow row, Customer customer)
    {
        var (phone, email) = (MatchKey.OfPhone(row.Text("phone")), MatchKey.OfEmail(row.Text("email")));
        var (hisPhone, hisEmail) = (MatchKey.OfPhone(customer.Phone), MatchKey.OfEmail(customer.Email));
        if ((phone is null && email is null) || (hisPhone is null && hisEmail is null)) return true;
        return (phone is not null && phone == hisPhone) || (email is not null && email == hisEmail);
    }

    /// <summary>Those on file and of the rows before that are likely to be the same, and the row of the most likely one, if it is of the file.</summary>
    private (List<Candidate> Candidates, int Row) Likely(RegisterCustomer command)
    {
        var found = new Dictionary<Guid, (HashSet<string> Reasons, OnFile? Known)>();
        var rows = new Dictionary<Guid, int>();
        foreach (var key in command.MatchKeys())
        {
            foreach (var known in onFile[(key.Reason, key.Stored(setup.Store.Personal))]) Add(known.Id, key.Reason, known);
            if (planned.Find($"{key.Reason} {key.Key}") is not { } row) continue;
            rows[setup.RecordOf(row)] = row;
            Add(setup.RecordOf(row), key.Reason, null);
        }
        if (found.Count == 0) return ([], 0);
        // Persons who share nothing but a name are two people.
        List<Candidate> candidates =
        [
            .. found.Where(f => command.Kind == CustomerKind.Company || f.Value.Reasons.Any(x => x != "name"))
                .Select(f => Candidate.Of(f.Key, f.Value.Known?.Name ?? "", f.Value.Reasons, false, f.Value.Known?.OwnerId)).OrderByDescending(c => c.Score).ThenBy(c => c.Id).Take(DuplicateSearch.Most),
        ];
        return (candidates, candidates.Count == 0 ? 0 : rows.GetValueOrDefault(candidates[0].Id));

        void Add(Guid id, string reason, OnFile? known)
        {
            if (!found.TryGetValue(id, out var so)) so = ([], known);
            so.Reasons.Add(reason);
            found[id] = so with { Known = so.Known ?? known };
        }
    }

    private (string Zh, string En) Word(Candidate first, int row) =>
        row > 0 ? ($"第 {row} 行", $"row {row}")
        : seen.Holds(first.OwnerId) ? ($"“{first.Name}”", $"'{first.Name}'")
        : ImportRejections.Elsewhere(setup.Access.Picture.DepartmentOf(first.OwnerId));

    /// <summary>A key of the row that another customer has.</summary>
    private KeyValuePair<string, string?>? TakenKey(ImportRow row, Guid? own)
    {
        foreach (var key in row.ExternalKeys ?? new Dictionary<string, string?>())
        {
            if (key.Value is null) continue;
            if (byKey.TryGetValue((key.Key, key.Value), out var id) && id != own) return key;
            if (planned.Find($"key {key.Key} {key.Value}") is { } first && setup.RecordOf(first) != own) return key;
        }
        return null;
    }

    private TFields Fields<TFields>(ImportRow row, TFields fields) where TFields : CustomerFields => fields with
    {
        Kind = KindOf(row),
        Name = row.Text("name"),
        ShortName = row.Text("shortName"),
        Lifecycle = row.Text("lifecycle") is { } lifecycle ? Enum.Parse<CustomerLifecycle>(lifecycle, ignoreCase: true) : null,
        Tier = row.Text("tier"),
        Industry = row.Text("industry"),
        Size = row.Text("size"),
        Source = row.Text("source"),
        Phone = row.Text("phone"),
        Email = row.Text("email"),
        Address = row.Text("address"),
        Website = row.Text("website"),
        IdNumber = row.Text("idNumber"),
        BankCard = row.Text("bankCard"),
        Needs = row.Text("needs"),
        Tags = row.List("tags"),
        ExternalKeys = row.ExternalKeys,
        Custom = row.Own("customers"),
    };

    private static CustomerKind KindOf(ImportRow row) => row.Text("kind") == "person" ? CustomerKind.Person : CustomerKind.Company;

    private IEnumerable<Guid> Keyed(ImportRow row)
    {
        foreach (var (system, value) in row.ExternalKeys ?? new Dictionary<string, string?>())
            if (value is not null && byKey.TryGetValue((system, value), out var id)) yield return id;
    }

    private IEnumerable<Guid> Having(MatchKey? key) => key is { } k ? onFile[(k.Reason, k.Stored(setup.Store.Personal))].Select(f => f.Id) : [];

    /// <summary>The customers of a name, as it is written but for case.</summary>
    private IEnumerable<Guid> Named(string? name) => MatchKey.OfName(name) is { } key
        ? onFile[(key.Reason, key.Key)].Where(f => string.Equals(f.Name, Rules.Clean(name), StringComparison.OrdinalIgnoreCase)).Select(f => f.Id) : [];

    /// <summary>The customers that a reference may mean: those on file before those of rows that a dry run has not created.</summary>
    private IReadOnlyList<Guid> Called(string text) => named[text].Any()
        ? [.. named[text]]
        : [.. setup.Systems.Select(s => $"key {s} {text}").Append("called " + NameIndex.Fold(text)).Select(planned.Find).OfType<int>().Select(setup.RecordOf).Distinct()];

    private bool IsAncestor(Guid id, Guid parent)
    {
        var ancestor = parent;
        for (var steps = 0; steps < MostAncestors; steps++)
        {
            if (ancestor == id) return true;
            if (!parents.TryGetValue(ancestor, out ancestor)) return false;
        }
        return true;
    }

    private async Task FindAsync(Npgsql.NpgsqlConnection connection, IReadOnlyCollection<MatchKey> keys, CancellationToken ct)
    {
        var wanted = keys.Select(k => (k.Reason, Key: k.Stored(setup.Store.Personal))).Distinct().ToList();
        // The planner walks the index for each key, whatever it thinks of the size of a table that grows meanwhile.
        onFile = (wanted.Count == 0 ? [] : await connection.QueryAsync<OnFile>(new CommandDefinition("""
            select m.reason as Reason, m.key as Key, k.customer_id as Id, n.value as Name, n.owner_id as OwnerId from unnest(@reasons, @keys) as m(reason, key)
            cross join lateral (select k.customer_id from customer.match_keys k where k.key = m.key and k.reason = m.reason and k.live and k.field not like '%.%' offset 0) k
            cross join lateral (select n.value, n.owner_id from customer.match_keys n where n.customer_id = k.customer_id and n.field = 'name' offset 0) n
            """, new { reasons = wanted.ConvertAll(k => k.Reason).ToArray(), keys = wanted.ConvertAll(k => k.Key).ToArray() }, cancellationToken: ct))).ToLookup(f => (f.Reason, f.Key));
    }

    private async Task LoadStatesAsync(IEnumerable<Guid> ids, CancellationToken ct)
    {
        Guid[] wanted = [.. ids.Distinct()];
        states = wanted.Length == 0 ? [] : (await setup.Store.Query.FetchStreamsAsync(wanted, ct)).GroupBy(e => e.StreamId)
            .Select(g => Fold.All<Customer>(g)).OfType<Customer>().Where(c => c is { Deleted: false, Erased: false }).ToDictionary(c => c.Id);
    }
}
