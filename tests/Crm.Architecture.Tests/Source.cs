using System.Reflection;
using System.Xml.Linq;
using Crm.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.Architecture.Tests;

/// <summary>The source tree and the built assemblies, as the tests look at them.</summary>
internal static class Source
{
    public static readonly string Root = Find();

    public static readonly string[] Modules = ["Customer", "Pipeline", "Service", "Analytics", "Identity", "Exports"];

    public static Assembly Assembly(string project) => System.Reflection.Assembly.Load("Crm." + project);

    public static IEnumerable<string> Files(string folder, params string[] endings) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        .Where(f => endings.Any(f.EndsWith) && !f.Contains("/bin/") && !f.Contains("/obj/") && !f.Contains("\\bin\\") && !f.Contains("\\obj\\") && !f.Contains("node_modules"));

    public static string[] References(string project) =>
        [.. XDocument.Load(Path.Combine(Root, "src", "Crm." + project, $"Crm.{project}.csproj")).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))["Crm.".Length..]).Order()];

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the source tree.");
    }
}
