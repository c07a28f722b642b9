using Crm.Contracts;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>
/// Renames a custom field or changes its choices and rules. Key, type and uniqueness stay; a choice cannot be left out, only retired. Values on file stay as they are.
/// </summary>
internal sealed record ChangeCustomField : CustomFieldForm, IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeCustomField>
    {
        private static readonly string[] Clearable = ["group", "helpZh", "helpEn", "pattern", "min", "max", "visibleWhen"];

        public Validator()
        {
            Include(new FormRules());
            RuleFor(x => x.Zh).NotEmpty().When(x => x.Zh is not null);
            RuleFor(x => x.En).NotEmpty().When(x => x.En is not null);
            RuleForEach(x => x.Cleared).Must(Clearable.Contains).WithErrorCode("required").WithMessage(_ => Text("不能为空。", "It must not be empty."));
        }
    }
}

internal static class ChangeCustomFieldFeature
{
    public static void Map(IEndpointRouteBuilder fields) => fields.MapCommand<ChangeCustomField, CustomField, FieldSettings>("{id:guid}", Right.Change("custom-fields"),
        (_, _, scope) => Task.FromResult(Access.Of(scope.Http).Picture.Fields), Decide, "PATCH");

    public static Decision Decide(ChangeCustomField command, CustomField field, FieldSettings known, Now now)
    {
        var settings = new CustomFieldSettings
        {
            Zh = command.Zh?.Trim() ?? field.Zh, En = command.En?.Trim() ?? field.En, Group = Next("group", command.Group, field.Group), Order = command.Order ?? field.Order,
            HelpZh = Next("helpZh", command.HelpZh, field.HelpZh), HelpEn = Next("helpEn", command.HelpEn, field.HelpEn), Choices = command.Choices ?? (field.Choices.IsEmpty ? null : [.. field.Choices]),
            Required = command.Required ?? field.Required, Pattern = Next("pattern", command.Pattern is { Length: 0 } ? null : command.Pattern, field.Pattern),
            Min = command.Min ?? (command.Cleared.Contains("min") ? null : field.Min), Max = command.Max ?? (command.Cleared.Contains("max") ? null : field.Max),
            VisibleWhen = Next("visibleWhen", command.VisibleWhen, field.VisibleWhen), Personal = command.Personal ?? field.Personal ? true : null,
        };
        if (field.Choices.FirstOrDefault(c => settings.Choices is not null && settings.Choices.All(o => o.Code != c.Code)) is { } gone)
            return CustomFieldForm.Invalid("choices", "choice_missing", $"选项“{gone.Zh}”不能删除，只能停用。", $"The choice '{gone.En}' cannot be left out; retire it.");
        if (CustomFieldForm.Fault(field.Target, field.Key, field.Type, settings, [.. known.Of(field.Target).Where(f => f.Id != field.Id)]) is { } fault) return fault;
        return Same(settings, field) ? Decision.Nothing : [new CustomFieldChanged(settings)];

        T? Next<T>(string name, T? sent, T? before) where T : class => sent ?? (command.Cleared.Contains(name) ? null : before);
    }

    private static bool Same(CustomFieldSettings settings, CustomField field)
    {
        var before = field.Settings();
        return (settings with { Choices = null, VisibleWhen = null }) == (before with { Choices = null, VisibleWhen = null })
            && (settings.Choices ?? []).SequenceEqual(before.Choices ?? [])
            && settings.VisibleWhen?.Field == before.VisibleWhen?.Field && (settings.VisibleWhen?.Values ?? []).SequenceEqual(before.VisibleWhen?.Values ?? []);
    }
}
