using System.Text.RegularExpressions;
using Crm.Contracts;

namespace Crm.Pipeline;

/// <summary>What people call stages, in the order in which deals pass them.</summary>
internal static partial class StageWords
{
    private static readonly string[] Won = ["won", "closedwon", "成交", "已成交", "赢单", "签约"];
    private static readonly string[] Lost = ["lost", "closedlost", "输单", "丢单", "已输单", "流失", "失败"];

    // Words with the usual chance of winning; what is not among them comes between the known ones in the order of the file.
    private static readonly (string Word, int Probability)[] Open =
    [
        ("lead", 10), ("prospecting", 10), ("线索", 10), ("initialcontact", 10), ("初步接触", 10), ("qualification", 20), ("qualified", 20), ("需求", 20), ("requirement", 20),
        ("discovery", 20), ("needsanalysis", 20), ("engaging", 30), ("engaged", 30), ("meeting", 30), ("demo", 35), ("演示", 35), ("商机", 30), ("proposal", 40), ("方案", 40),
        ("quote", 50), ("quotation", 50), ("报价", 50), ("negotiation", 60), ("negotiating", 60), ("谈判", 60), ("contract", 80), ("合同", 80), ("verbal", 80),
    ];

    /// <summary>What a word for a stage says about its outcome.</summary>
    public static StageKind Kind(string value) => Plain(value) is var word && Won.Contains(word) ? StageKind.Won : Lost.Contains(word) ? StageKind.Lost : StageKind.Open;

    /// <summary>The stage of a pipeline that a value means: by code or name, or by its outcome; null if none.</summary>
    public static PipelineStage? Find(SalesPipeline pipeline, string value)
    {
        var word = Plain(value);
        return Array.Find(pipeline.Stages, s => Plain(s.Code) == word || Plain(s.Name) == word || Plain(s.NameEn) == word)
            ?? Kind(value) switch { StageKind.Won => pipeline.Won, StageKind.Lost => pipeline.Lost, _ => null };
    }

    /// <summary>A pipeline made of the values of a file: open stages in their usual order, then won and lost.</summary>
    public static DefinePipeline Propose(string name, IEnumerable<string> values)
    {
        var all = values.ToList();
        var open = all.Where(v => Kind(v) == StageKind.Open).Select((v, i) => (Value: v, Chance: Chance(v), Index: i)).ToList();
        if (open.Count == 0) open.Add(("Open", 10, 0));
        var stages = open.OrderBy(s => s.Chance ?? 30).ThenBy(s => s.Index)
            .Select((s, i) => new StageInput(Code(s.Value, i), Short(s.Value), null, StageKind.Open, s.Chance ?? 30))
            .Append(new StageInput("won", Short(all.Find(v => Kind(v) == StageKind.Won) ?? "成交"), null, StageKind.Won))
            .Append(new StageInput("lost", Short(all.Find(v => Kind(v) == StageKind.Lost) ?? "输单"), null, StageKind.Lost));
        return new DefinePipeline(name, [.. stages.Take(30)]);
    }

    /// <summary>The open stage that a column of opening dates names: <c>engage_date</c> tells when <c>Engaging</c> began.</summary>
    public static PipelineStage? Named(SalesPipeline pipeline, string? column)
    {
        if (column is null) return null;
        var word = Plain(column);
        return Array.Find(pipeline.Stages, s => s.Kind == StageKind.Open && new[] { s.Code, s.Name, s.NameEn }.Any(n => Plain(n) is { Length: >= 5 } p && word.Contains(p[..5], StringComparison.Ordinal)));
    }

    private static int? Chance(string value)
    {
        var word = Plain(value);
        var found = Array.Find(Open, o => o.Word == word);
        if (found.Word is null) found = Array.Find(Open, o => word.Contains(o.Word, StringComparison.Ordinal));
        return found.Word is null ? null : found.Probability;
    }

    private static string Code(string value, int index)
    {
        var code = NotAllowed().Replace(value.Trim().ToLowerInvariant(), "_").Trim('_');
        return code.Length > 0 && char.IsAsciiLetter(code[0]) && code is not ("won" or "lost") ? code[..Math.Min(code.Length, 40)] : $"stage_{index + 1}";
    }

    private static string Short(string value) => value.Length > 60 ? value[..60] : value;

    private static string Plain(string value) => new([.. value.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotAllowed();
}
