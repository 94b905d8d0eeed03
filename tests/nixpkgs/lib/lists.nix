# Lists.
rec {
  optional = condition: element: if condition then [ element ] else [ ];

  optionals = condition: elements: if condition then elements else [ ];

  toList = value: if builtins.isList value then value else [ value ];

  take =
    count: list:
    builtins.genList (builtins.elemAt list) (
      if count < builtins.length list then count else builtins.length list
    );

  reverse =
    list:
    let
      last = builtins.length list - 1;
    in
    builtins.genList (index: builtins.elemAt list (last - index)) (last + 1);

  flatten = value: if builtins.isList value then builtins.concatMap flatten value else [ value ];

  # The elements without repetition, in the order of their first appearance.
  unique = builtins.foldl' (
    seen: each: if builtins.elem each seen then seen else seen ++ [ each ]
  ) [ ];
}
