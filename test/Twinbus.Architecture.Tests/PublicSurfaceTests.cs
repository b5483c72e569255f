using System.Reflection;
using PublicApiGenerator;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>What each library shows to others. A change of a golden file is a change of what users may rely on.</summary>
public sealed class PublicSurfaceTests
{
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        ExcludeAttributes = ["System.CodeDom.Compiler.GeneratedCodeAttribute", "System.Runtime.CompilerServices.CompilerFeatureRequiredAttribute"],
    };

    // Those of Messaging are held beside its own tests.
    public static TheoryData<string> Libraries => [.. Repository.Projects
        .Where(project => project.StartsWith("src/", StringComparison.Ordinal) && !Repository.Read(project).Contains("<OutputType>Exe</OutputType>", StringComparison.Ordinal))
        .Select(project => Path.GetFileNameWithoutExtension(project)!)
        .Where(library => !library.StartsWith("Twinbus.Messaging", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void WhatALibraryShowsIsWhatWasReviewed(string library) =>
        GoldenFile.Matches(Assembly.Load(library).GeneratePublicApi(Options) + "\n", $"{library}.txt");
}
