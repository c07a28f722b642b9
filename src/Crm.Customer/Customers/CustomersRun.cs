using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;

namespace Crm.Customers;

/// <summary>One pass over a file of customers, with names, numbers and keys of all customers on file in memory; states are loaded batch by batch.</summary>
internal sealed class CustomersRun : ImportRun
{
    private const int MostAncestors = 30;
    private static readonly RegisterCustomer.Validator Registration = new();
    private static readonly ChangeCustomer.Validator Change = new();

    private readonly ImportSetup setup;
    private readonly Dictionary<Guid, string> names = [];
    private readonly NameIndex byName = new();
    private readonly Dictionary<(string Reason, string Key), List<Guid>> alike = [];
    private readonly Dictionary<string, List<Guid>> byKey = new(StringComparer.Ordinal);
    private readonly NameIndex users = new();
    private readonly Dictionary<Guid, Guid> parents;
    private readonly Dictionary<Guid, int> planned = [];
    private readonly Dictionary<Guid, Guid?> unseen = [];
    private Dictionary<Guid, Customer> states = [];

    internal sealed record KnownKey(Guid CustomerId, string Field, string Reason, string? Key, string Value, Guid? OwnerId);

    public CustomersRun(ImportSetup setup, IEnumerable<KnownKey> keys, IEnumerable<(Guid Id, string Value)> external, IEnumerable<(string Id, string Name)> users, IEnumerable<(Guid Id, Guid Parent)> parents)
    {
        this.setup = setup;
        var seen = setup.Access.Rows(Right.View("customers"));
        foreach (var key in keys)
        {
            if (key.Field == "name") Named(key.CustomerId, key.Value);
            if (key.Field == "name" && !seen.Holds(key.OwnerId)) unseen.Add(key.CustomerId, key.OwnerId);
            if (key.Key is not null) Add(alike, (key.Reason, key.Key), key.CustomerId);
        }
        foreach (var (id, value) in external) Add(byKey, value, id);
        foreach (var (id, name) in users)
            if (Guid.TryParse(id, out var user)) this.users.Add(name, user);
        this.parents = parents.ToDictionary(p => p.Id, p => p.Parent);
    }

    public override KnownValues? Known(string field) => field switch
    {
        "industry" => new KnownValues(Industries.Names.ToList(), Closed: false),
        "ownerId" => new KnownValues(users.Names, Closed: true),
        _ => null,
    };

    public override string? Key(ImportRow row)
    {
        if (row.Text(CustomersImport.KeyField) is { } key) return "key " + key;
        var contact = KindOf(row) == CustomerKind.Person ? $" {MatchKey.OfPhone(row.Text("phone"))?.Key} {MatchKey.OfEmail(row.Text("email"))?.Key}" : "";
        return $"{KindOf(row)} {row.Text("name")!.Trim().ToUpperInvariant()}{contact}";
    }

    public override bool HasLinks => setup.Maps("parentId");

    public override async Task LoadAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct) =>
        await LoadStatesAsync(rows.SelectMany(r => Keyed(r).Concat(byName.All(r.Text("name")!))).Where(id => !planned.ContainsKey(id)), ct);

    public override RowPlan Plan(ImportRow row)
    {
        var owner = Owner(row);
        var register = Fields(row, new RegisterCustomer()) with
        {
            OwnerId = owner ?? setup.Options.OwnerId ?? (setup.Access.Rows(Right.View("customers")).IsAll ? null : setup.Access.UserId),
        };
        if (!row.IsValid(Registration, register) || row.HasErrors) return RowPlan.Error(row);
        var same = Same(row);
        if (same.Count > 1)
            return RowPlan.Skip(row, RowMessage.Warning("ambiguous_customer", "name",
                $"有 {same.Count} 个客户叫“{register.Name}”，无法确定是哪一个。", $"{same.Count} customers are called '{register.Name}'; which one is meant cannot be told."));
        if (same.Count == 1 && !setup.Access.Rows(Right.Change("customers")).Holds(same[0].OwnerId))
            return RowPlan.Error(row, ImportRejections.Forbidden(setup.Access.Picture.DepartmentOf(same[0].OwnerId)));
        return same.Count == 1 ? Update(row, same[0], owner) : Create(row, register);
    }

    public override bool NeedsLink(ImportRow row) => row.Has("parentId");

    public override Task LoadLinksAsync(IReadOnlyList<Guid> records, CancellationToken ct) => LoadStatesAsync(records.Where(id => !planned.ContainsKey(id)), ct);

    public override RowPlan Link(ImportRow row, Guid recordId)
    {
        var name = row.Text("parentId")!;
        var match = byName.Find(name);
        if (match.Id is not { } parent || unseen.ContainsKey(parent))
            return RowPlan.Skip(row, match.Count < 2
                ? RowMessage.Warning("unknown_parent", "parentId", $"没有叫“{name}”的上级客户，导入时不设上级。", $"There is no customer '{name}'; the row is imported without a parent.")
                : RowMessage.Warning("ambiguous_parent", "parentId", $"有 {match.Count} 个客户叫“{name}”，导入时不设上级。", $"{match.Count} customers are called '{name}'; the row is imported without a parent."), recordId);
        if (IsAncestor(recordId, parent))
            return RowPlan.Skip(row, RowMessage.Warning(CustomerErrors.ParentCycle.Code, "parentId", CustomerErrors.ParentCycle.Zh, CustomerErrors.ParentCycle.En), recordId);
        parents[recordId] = parent;
        // In a dry run a record that the row would create is not there yet; that it can be linked is all there is to know.
        if (!states.TryGetValue(recordId, out var customer)) return RowPlan.Update<Customer>(row, recordId, 1);
        var decision = ChangeCustomerFeature.Decide(new ChangeCustomer { ParentId = parent }, customer, new ReferenceFacts(null), row.Now());
        return decision.Rejection is { } rejection
            ? RowPlan.Skip(row, RowMessage.Warning(rejection.Code, "parentId", rejection.Zh, rejection.En), recordId)
            : RowPlan.Update<Customer>(row, recordId, customer.Version, [.. decision.Events.Select(e => new DatedEvent(e))]);
    }

    private RowPlan Update(ImportRow row, Customer customer, Guid? owner)
    {
        var command = Fields(row, new ChangeCustomer()) with
        {
            // Found by its name, the customer keeps its way of writing it.
            Name = Keyed(row).Contains(customer.Id) ? row.Text("name") : null,
            Kind = row.Has("kind") ? KindOf(row) : null,
            OwnerId = owner,
            Cleared = [.. row.Cleared.Where(c => !c.Contains('.', StringComparison.Ordinal))],
        };
        if (!row.IsValid(Change, command)) return RowPlan.Error(row);
        var decision = ChangeCustomerFeature.Decide(command, customer, new ReferenceFacts(null), row.Now());
        if (owner is not null && owner != customer.OwnerId && !setup.Access.Rows(Right.Assign("customers")).Holds(customer.OwnerId)) return RowPlan.Error(row, ImportRejections.NotAssignable);
        return decision.Rejection is { } rejection ? RowPlan.Error(row, rejection)
            : RowPlan.Update<Customer>(row, customer.Id, customer.Version, [.. decision.Events.Select(e => new DatedEvent(e))]);
    }

    private RowPlan Create(ImportRow row, RegisterCustomer command)
    {
        var likely = Likely(command);
        if (likely.Count > 0)
        {
            var (zh, en) = Word(likely);
            var message = RowMessage.Warning("possible_duplicate", "name", $"可能与已有客户重复：{zh}。", $"This may be a customer on file: {en}.");
            if (setup.Options.Duplicates == LikelyDuplicates.Skip) return RowPlan.Skip(row, message, likely[0].Id);
            row.Add(message);
        }
        var decision = RegisterCustomerFeature.Decide(command, new RegistrationFacts(likely, true, new ReferenceFacts(null)), row.Now());
        if (decision.Rejection is { } rejection) return RowPlan.Error(row, rejection);
        if (setup.Options.Mode != ImportMode.UpdateOnly) Remember(row, command);
        return RowPlan.Create<Customer>(row, [.. decision.Events.Select(e => new DatedEvent(e))]);
    }

    private void Remember(ImportRow row, RegisterCustomer command)
    {
        planned[row.RecordId] = row.Number;
        Named(row.RecordId, command.Name!);
        foreach (var key in command.MatchKeys()) Add(alike, (key.Reason, key.Stored(setup.Store.Personal)), row.RecordId);
    }

    /// <summary>The customers on file that the row means.</summary>
    private List<Customer> Same(ImportRow row)
    {
        var keyed = Keyed(row).Select(id => states.GetValueOrDefault(id)).OfType<Customer>().ToList();
        if (keyed.Count > 0) return keyed;
        var (name, kind) = (Rules.Clean(row.Text("name")), KindOf(row));
        var hasKey = row.Has(CustomersImport.KeyField);
        return byName.All(name!).Select(id => states.GetValueOrDefault(id)).OfType<Customer>()
            .Where(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase) && c.Kind == kind && !(hasKey && c.ExternalKeys.ContainsKey("import")))
            .Where(c => kind == CustomerKind.Company || IsSamePerson(row, c))
            .ToList();
    }

    private static bool IsSamePerson(ImportRow row, Customer customer)
    {
        var (phone, email) = (MatchKey.OfPhone(row.Text("phone")), MatchKey.OfEmail(row.Text("email")));
        var (hisPhone, hisEmail) = (MatchKey.OfPhone(customer.Phone), MatchKey.OfEmail(customer.Email));
        if ((phone is null && email is null) || (hisPhone is null && hisEmail is null)) return true;
        return (phone is not null && phone == hisPhone) || (email is not null && email == hisEmail);
    }

    private List<Candidate> Likely(RegisterCustomer command)
    {
        var reasons = new Dictionary<Guid, HashSet<string>>();
        foreach (var key in command.MatchKeys())
            foreach (var id in alike.GetValueOrDefault((key.Reason, key.Stored(setup.Store.Personal))) ?? [])
            {
                if (!reasons.TryGetValue(id, out var found)) reasons.Add(id, found = []);
                found.Add(key.Reason);
            }
        // Persons who share nothing but a name are two people.
        return
        [
            .. reasons.Where(r => command.Kind == CustomerKind.Company || r.Value.Any(x => x != "name"))
                .Select(r => Candidate.Of(r.Key, names.GetValueOrDefault(r.Key, ""), r.Value, false)).OrderByDescending(c => c.Score).ThenBy(c => c.Id).Take(DuplicateSearch.Most),
        ];
    }

    private (string Zh, string En) Word(List<Candidate> likely)
    {
        var first = likely[0];
        if (unseen.TryGetValue(first.Id, out var owner)) return ImportRejections.Elsewhere(setup.Access.Picture.DepartmentOf(owner));
        return planned.TryGetValue(first.Id, out var row) ? ($"第 {row} 行“{first.Name}”", $"'{first.Name}' of row {row}") : ($"“{first.Name}”", $"'{first.Name}'");
    }

    private Guid? Owner(ImportRow row)
    {
        if (row.Text("ownerId") is not { } name) return null;
        var match = users.Find(name);
        if (match.Id is null)
            row.Add(match.Count == 0
                ? RowMessage.Error("unknown_user", "ownerId", $"没有叫“{name}”的用户。", $"There is no user called '{name}'.")
                : RowMessage.Error("ambiguous_user", "ownerId", $"有 {match.Count} 个用户叫“{name}”。", $"{match.Count} users are called '{name}'."));
        return match.Id;
    }

    private static TFields Fields<TFields>(ImportRow row, TFields fields) where TFields : CustomerFields => fields with
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
        ExternalKeys = row.Text(CustomersImport.KeyField) is { } key ? new Dictionary<string, string?> { ["import"] = key } : null,
        Custom = row.Custom,
    };

    private static CustomerKind KindOf(ImportRow row) => row.Text("kind") == "person" ? CustomerKind.Person : CustomerKind.Company;

    private IEnumerable<Guid> Keyed(ImportRow row) => row.Text(CustomersImport.KeyField) is { } key && byKey.TryGetValue(key.Trim(), out var ids) ? ids : [];

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

    private async Task LoadStatesAsync(IEnumerable<Guid> ids, CancellationToken ct)
    {
        Guid[] wanted = [.. ids.Distinct()];
        states = wanted.Length == 0 ? [] : (await setup.Store.Query.FetchStreamsAsync(wanted, ct)).GroupBy(e => e.StreamId)
            .Select(g => Fold.All<Customer>(g)).OfType<Customer>().Where(c => c is { Deleted: false, Erased: false }).ToDictionary(c => c.Id);
    }

    private void Named(Guid id, string name)
    {
        names[id] = name;
        byName.Add(name, id);
    }

    private static void Add<TKey>(Dictionary<TKey, List<Guid>> index, TKey key, Guid id) where TKey : notnull
    {
        if (!index.TryGetValue(key, out var ids)) index.Add(key, ids = new List<Guid>(1));
        if (!ids.Contains(id)) ids.Add(id);
    }
}
