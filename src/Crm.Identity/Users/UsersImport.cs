using System.Text;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using Dapper;

namespace Crm.Identity;

/// <summary>
/// Users from a file, such as sales agents who never sign in. A row means the user with its sign-in name, else the only one with its display name. Nobody
/// gets access by an import: a password is set later by the administrator.
/// </summary>
internal sealed class UsersImport(AccessPictures pictures) : ImportTarget<User>
{
    public override string Code => "users";

    public override string Name => "用户";

    public override string NameEn => "Users";

    public override IReadOnlyList<ImportField> Fields { get; } =
    [
        new("displayName", "姓名", "Name", ImportFieldType.Text, Required: true) { Synonyms = ["sales agent", "agent", "full name", "display name", "employee", "sales rep", "员工姓名", "销售", "销售人员", "名字"] },
        new("userName", "用户名", "User name", ImportFieldType.Text) { Synonyms = ["login", "account", "登录名", "账号"] },
        new("role", "角色", "Role", ImportFieldType.Choice)
        {
            Choices = new Dictionary<string, IReadOnlyList<string>>
            {
                ["admin"] = ["administrator", "管理员"], ["manager"] = ["主管", "经理"], ["sales"] = ["销售", "salesperson"], ["service"] = ["客服", "support"], ["auditor"] = ["审计"],
            },
        },
        new("department", "部门", "Department", ImportFieldType.Text) { Synonyms = ["regional office", "office", "team", "region", "所属部门", "团队", "大区"] },
        new("managerName", "上级", "Manager", ImportFieldType.Text) { Synonyms = ["manager name", "supervisor", "直属上级", "主管", "经理"] },
    ];

    public override async Task<ImportRun> PrepareAsync(ImportSetup setup, CancellationToken ct)
    {
        await using var connection = await setup.Store.DataSource.OpenConnectionAsync(ct);
        var ids = (await connection.QueryAsync<Guid>(new CommandDefinition("select user_id from identity.user_names", cancellationToken: ct))).ToArray();
        // An organisation has few users: their states are read from the log itself, so that what was just written counts.
        var users = (await setup.Store.Query.FetchStreamsAsync(ids, ct)).GroupBy(e => e.StreamId).Select(g => Fold.All<User>(g)).OfType<User>().Where(u => !u.Removed);
        return new Run(setup, await pictures.CurrentAsync(ct), users);
    }

    protected override bool IsGone(User current) => current.Removed;

    protected override Decision Delete(User current, Now now) => current.Id == now.Actor ? UserErrors.LastAdministrator : [new UserRemoved()];

    protected override IReadOnlyCollection<string> Derived { get; } = ["role", "department", "delegations"];

    protected override Decision Restore(User current, User before, IReadOnlyList<string> fields, Now now) => ChangeUserFeature.Decide(
        new ChangeUser(
            fields.Contains("displayName") ? before.DisplayName : null, ManagerName: fields.Contains("managerName") ? before.ManagerName : null,
            Roles: fields.Contains("roles") ? [.. before.Roles] : null)
        {
            Cleared = [.. fields.Where(f => (f == "departmentId" && before.DepartmentId is null) || (f == "managerName" && before.ManagerName is null))],
        },
        current, fields.Contains("departmentId") ? new UserFacts(null, before.DepartmentId, before.Department) : new UserFacts(Fault: null), now);

    private sealed class Run : ImportRun
    {
        private static readonly RegisterUser.Validator Registration = new();
        private static readonly ChangeUser.Validator Change = new();
        private readonly Dictionary<string, User> byUserName;
        private readonly Dictionary<Guid, User> byId;
        private readonly NameIndex byName = new();
        private readonly HashSet<string> taken;

        private readonly ImportSetup setup;
        private readonly AccessPicture picture;
        private readonly Dictionary<string, Guid> made = [];

        public Run(ImportSetup setup, AccessPicture picture, IEnumerable<User> users)
        {
            (this.setup, this.picture) = (setup, picture);
            var known = picture.Departments.Values.Select(d => d.Name).ToHashSet();
            foreach (var name in setup.Values.GetValueOrDefault("department")?.Keys.Select(n => n.Trim()).Distinct().Where(n => n.Length is > 0 and <= 100 && !known.Contains(n)) ?? [])
                made.Add(name, setup.NewId(made.Count));
            byUserName = users.ToDictionary(u => u.UserName);
            byId = byUserName.Values.ToDictionary(u => u.Id);
            taken = [.. byUserName.Keys];
            foreach (var user in byId.Values) byName.Add(user.DisplayName, user.Id);
        }

        /// <summary>Departments that the file names and nobody has made.</summary>
        public override IReadOnlyList<StreamChange> Before => [.. made.Select(d => new StreamChange<Department>(d.Value, 0, [new DatedEvent(new DepartmentCreated(d.Key, null))]))];

        public override IReadOnlyList<ImportNote> Notes => made.Count == 0 ? [] :
        [
            new ImportNote("departments_made", $"将新建部门：{string.Join("、", made.Keys)}。", $"These departments will be made: {string.Join(", ", made.Keys)}.", 0),
        ];

        private UserFacts Facts(IReadOnlyList<string>? roles, IReadOnlyList<string> before, string? department) =>
            department?.Trim() is { } name && made.TryGetValue(name, out var id) ? UserFacts.Of(picture, setup.Access, roles, before, null, null) with { DepartmentId = id, Department = name }
                : UserFacts.Of(picture, setup.Access, roles, before, null, department);

        public override string? Key(ImportRow row) => row.Text("userName")?.ToLowerInvariant() ?? "name " + row.Text("displayName")!.Trim().ToUpperInvariant();

        public override RowPlan Plan(ImportRow row)
        {
            if (row.Text("userName")?.Trim().ToLowerInvariant() is { } userName)
                return byUserName.TryGetValue(userName, out var user) ? Update(row, user, row.Text("displayName")) : Create(row, userName);
            var match = byName.Find(row.Text("displayName")!);
            if (match.Count > 1)
                return RowPlan.Skip(row, RowMessage.Warning("ambiguous_user", "displayName", $"有 {match.Count} 个用户叫“{row.Text("displayName")}”。", $"{match.Count} users are called '{row.Text("displayName")}'."));
            return match.Id is { } id ? Update(row, byId[id], null) : Create(row, null);
        }

        private RowPlan Update(ImportRow row, User user, string? displayName)
        {
            var command = new ChangeUser(displayName, row.Text("role"), row.Text("department"), row.Text("managerName")) { Cleared = [.. row.Cleared.Where(c => c is "department" or "managerName")] };
            if (!row.IsValid(Change, command)) return RowPlan.Error(row);
            var decision = ChangeUserFeature.Decide(command, user, Facts(command.AllRoles, user.Roles, command.Department), row.Now());
            return decision.Rejection is { } rejection ? RowPlan.Error(row, rejection)
                : RowPlan.Update(row, user, [.. decision.Events.Select(e => new DatedEvent(e))]);
        }

        private RowPlan Create(ImportRow row, string? userName)
        {
            var displayName = row.Text("displayName")!.Trim();
            var command = new RegisterUser(userName ?? NewUserName(displayName), displayName, row.Text("role") ?? "sales", row.Text("department"), row.Text("managerName"));
            if (!row.IsValid(Registration, command)) return RowPlan.Error(row);
            var decision = RegisterUserFeature.Decide(command, Facts(command.AllRoles, [], command.Department), row.Now());
            if (decision.Rejection is { } rejection) return RowPlan.Error(row, rejection);
            taken.Add(command.UserName);
            return RowPlan.Create<User>(row, [.. decision.Events.Select(e => new DatedEvent(e))]);
        }

        /// <summary>A sign-in name made of the display name, Chinese by its pinyin and letters without their accents, with a number if it is taken: <c>anna.snelling</c>, <c>zhangsan2</c>.</summary>
        private string NewUserName(string displayName)
        {
            var words = Pinyin.SortKey(displayName).Normalize(NormalizationForm.FormD).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(w => string.Concat(w.Where(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')).Trim('-'));
            var name = string.Join('.', words.Where(w => w.Length > 0));
            if (name.Length < 2) name = "user";
            if (name.Length > 50) name = name[..50].TrimEnd('.', '-');
            var unique = name;
            for (var n = 2; taken.Contains(unique); n++) unique = name + n;
            return unique;
        }
    }
}
