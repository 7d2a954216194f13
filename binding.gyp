{
  "targets": [
    {
      "target_name": "tfjs_native",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/release/tfjs_native.node"],
          "action": ["node", "native/cmake/build-addon.js"]
        }
      ]
    }
  ]
}
