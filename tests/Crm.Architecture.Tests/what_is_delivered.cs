using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

/// <summary>No secret in the source tree, and every package at a stated version with a hash in a lock file.</summary>
public sealed class what_is_delivered
{
    private static readonly string[] Endings = [".cs", ".json", ".yaml", ".yml", ".props", ".csproj", ".ts", ".tsx", ".mjs", ".js", ".md", ".sql", ".html", ".txt", ".config"];

    [Theory]
    [InlineData(@"-----BEGIN [A-Z ]*PRIVATE KEY-----")]
    [InlineData(@"\bAKIA[0-9A-Z]{16}\b")]
    [InlineData(@"\bgh[pousr]_[A-Za-z0-9]{36,}\b")]
    [InlineData(@"\bxox[abpors]-[A-Za-z0-9-]{10,}\b")]
    [InlineData(@"\bLTAI[A-Za-z0-9]{12,}\b")]
    [InlineData(@"\bAIza[0-9A-Za-z_-]{35}\b")]
    [InlineData(@"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}")]
    public void no_file_holds_a_secret(string pattern) => Files().Where(f => Regex.IsMatch(File.ReadAllText(f), pattern)).Select(f => Path.GetRelativePath(Source.Root, f)).ShouldBeEmpty();

    [Fact]
    public void settings_files_hold_no_password_but_that_of_the_trial()
    {
        // The database of the trial with Docker is reached by its two hosts alone.
        string[] known = ["${CRM_DATABASE_PASSWORD:-crm}"];
        var found = from file in Files().Where(f => f.EndsWith(".yaml", StringComparison.Ordinal) || Path.GetFileName(f).StartsWith("appsettings", StringComparison.Ordinal))
                    from Match match in Regex.Matches(File.ReadAllText(file), @"(?im)(password|secret|token|apikey)\w*""?\s*[:=]\s*""?(?<value>[^;\s""]+)")
                    where !known.Contains(match.Groups["value"].Value)
                    select $"{Path.GetRelativePath(Source.Root, file)}: {match.Value}";
        found.ShouldBeEmpty();
    }

    [Fact]
    public void every_package_has_one_exact_version()
    {
        var stated = XDocument.Load(Path.Combine(Source.Root, "build", "Packages.props")).Descendants("PackageVersion").ToList();
        stated.Count.ShouldBeGreaterThan(10);
        foreach (var package in stated) Regex.IsMatch(package.Attribute("Version")!.Value, @"^\d+\.\d+\.\d+(\.\d+)?(-[\w.]+)?$").ShouldBeTrue($"{package} floats");
        foreach (var project in Source.Files(".", ".csproj"))
            XDocument.Load(project).Descendants("PackageReference").Where(p => p.Attribute("Version") is not null).ShouldBeEmpty($"{project} states a version of its own");
        foreach (var file in (string[])["web/package.json", "build/postgres/package.json"])
        {
            var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Source.Root, file)))!;
            foreach (var group in (string[])["dependencies", "devDependencies", "optionalDependencies"])
                foreach (var (name, version) in json[group]?.AsObject() ?? [])
                    Regex.IsMatch(version!.ToString(), @"^\d+\.\d+\.\d+(-[\w.]+)?$").ShouldBeTrue($"{file}: {name} floats");
        }
    }

    [Fact]
    public void every_package_is_locked_with_a_hash()
    {
        foreach (var project in Source.Files("src", ".csproj").Concat(Source.Files("tests", ".csproj")))
        {
            var file = Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json");
            File.Exists(file).ShouldBeTrue($"{project} has no lock file");
            foreach (var (_, packages) in JsonNode.Parse(File.ReadAllText(file))!["dependencies"]!.AsObject())
                foreach (var (name, package) in packages!.AsObject())
                    if (package!["type"]!.ToString() != "Project") package["contentHash"].ShouldNotBeNull($"{file}: {name}");
        }
        foreach (var file in (string[])["web/package-lock.json", "build/postgres/package-lock.json"])
            foreach (var (path, package) in JsonNode.Parse(File.ReadAllText(Path.Combine(Source.Root, file)))!["packages"]!.AsObject())
                if (path.Length > 0 && package!["link"] is null && package["inBundle"] is null) package["integrity"].ShouldNotBeNull($"{file}: {path}");
    }

    private static IEnumerable<string> Files() => Source.Files(".", Endings).Where(f => !f.Contains("/dist/") && !f.Contains("/.git/") && !f.Contains("/.data/"));
}
